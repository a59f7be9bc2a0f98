import { toRecord } from './unknown-record.ts';

/** Something that happened in qemu. */
export interface QmpEvent {
  /** Such as `SHUTDOWN`; the names are in docs/interop/qemu-qmp-ref. */
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** By qemu's clock; undefined when the host's clock could not be read. */
  readonly at: Date | undefined;
}

/** One line of QMP from qemu. */
export type QmpMessage =
  | { readonly kind: 'greeting'; readonly version: string }
  | { readonly kind: 'event'; readonly event: QmpEvent }
  | { readonly kind: 'return'; readonly id: unknown; readonly value: unknown }
  | {
      readonly kind: 'error';
      readonly id: unknown;
      readonly errorClass: string;
      readonly description: string;
    };

/**
 * Reads one line of QMP.
 *
 * @throws {SyntaxError} when the line is no QMP message.
 */
export function parseQmpMessage(line: string): QmpMessage {
  const message = toRecord(parseJson(line));
  if (message === undefined) throw new SyntaxError(`not a QMP message: ${quote(line)}`);
  if ('return' in message) return { kind: 'return', id: message['id'], value: message['return'] };
  if ('QMP' in message) return { kind: 'greeting', version: readVersion(message['QMP']) };
  const error = toRecord(message['error']);
  if (error !== undefined) {
    const { class: errorClass, desc } = error;
    return { kind: 'error', id: message['id'], errorClass: toText(errorClass), description: toText(desc) };
  }
  if (typeof message['event'] === 'string') {
    const at = readTime(message['timestamp']);
    return { kind: 'event', event: { event: message['event'], data: toRecord(message['data']) ?? {}, at } };
  }
  throw new SyntaxError(`not a QMP message: ${quote(line)}`);
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new SyntaxError(`not JSON: ${quote(line)}`, { cause });
  }
}

function readVersion(greeting: unknown): string {
  const version = toRecord(toRecord(toRecord(greeting)?.['version'])?.['qemu']);
  return [version?.['major'], version?.['minor'], version?.['micro']].map(part => toText(part)).join('.');
}

function readTime(timestamp: unknown): Date | undefined {
  const time = toRecord(timestamp);
  const { seconds, microseconds } = { ...time };
  if (typeof seconds !== 'number' || typeof microseconds !== 'number' || seconds < 0) return undefined;
  return new Date(seconds * 1000 + Math.floor(microseconds / 1000));
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

function quote(line: string): string {
  return JSON.stringify(line.length > 80 ? `${line.slice(0, 80)}…` : line);
}
