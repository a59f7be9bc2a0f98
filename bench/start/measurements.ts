import type { DirectStart } from './direct-start.ts';
import type { DiskTimes } from './disk-ready.ts';
import type { NomadStart } from './nomad-start.ts';

/** What one round measured of each contestant. */
export interface StartRound {
  readonly direct: DirectStart;
  readonly bareMs: number;
  readonly vm: NomadStart;
  readonly builtIn: NomadStart;
}

/** All that a run measured. */
export interface Measurements {
  readonly starts: readonly StartRound[];
  readonly disks: readonly DiskTimes[];
  readonly handshakesMs: readonly number[];
}
