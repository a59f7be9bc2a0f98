import { toRecord } from './unknown-record.ts';

/** A command to run inside the guest, as root and without a terminal. */
export interface GuestCommand {
  /** Found on the guest's PATH unless absolute. */
  readonly path: string;
  readonly args: readonly string[];
  /** `NAME=value` each; the guest's agent adds nothing. @default {[]} */
  readonly env?: readonly string[];
  /** Given to the command as its standard input, at once. */
  readonly input?: Buffer;
}

/** How a command inside the guest ended. */
export interface GuestExecResult {
  /** 128 + n if signal n ended it. */
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** The agent keeps 16 MiB of each stream. */
  readonly isTruncated: boolean;
}

/** The arguments of guest-exec. */
export function buildGuestExec(command: GuestCommand): Readonly<Record<string, unknown>> {
  return {
    path: command.path,
    arg: command.args,
    'capture-output': true,
    ...(command.env === undefined ? {} : { env: command.env }),
    ...(command.input === undefined ? {} : { 'input-data': command.input.toString('base64') }),
  };
}

/** Reads an answer of guest-exec-status; undefined while the command runs. */
export function parseGuestExecStatus(answer: unknown): GuestExecResult | undefined {
  const status = toRecord(answer);
  if (status?.exited !== true) return undefined;
  return {
    exitCode: typeof status.signal === 'number' ? 128 + status.signal : Number(status.exitcode ?? 0),
    stdout: toBytes(status['out-data']),
    stderr: toBytes(status['err-data']),
    isTruncated: status['out-truncated'] === true || status['err-truncated'] === true,
  };
}

function toBytes(base64: unknown): Buffer {
  return typeof base64 === 'string' ? Buffer.from(base64, 'base64') : Buffer.alloc(0);
}
