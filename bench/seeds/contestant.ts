import type { RunningServer } from '../../test/seed-guests/start-server.ts';

/** Any of the servers; pages for people are our server's own. */
export interface MeasuredServer extends RunningServer {
  readonly adminUrl?: string;
  readonly adminToken?: string;
}
