import { createJsonLog, type LogFields, type ServerLog } from '../../../cloudinit-server/server-log.ts';

/** A log whose lines can be looked at, as they would be written and read again. */
export interface RecordingLog extends ServerLog {
  readonly text: () => string;
  readonly lines: () => readonly LogFields[];
}

/** Creates an empty one. */
export function createRecordingLog(): RecordingLog {
  const written: string[] = [];
  const log = createJsonLog(line => written.push(line));
  return { ...log, text: () => written.join(''), lines: () => written.map(line => JSON.parse(line)) };
}
