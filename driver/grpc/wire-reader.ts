/**
 * Reads fields of a decoded message. grpc-js hands over plain objects with every field present; these functions turn
 * that knowledge into types in one place, and into a clear error should it ever not hold.
 */
export type WireMessage = Readonly<Record<string, unknown>>;

export function readMessage(value: unknown): WireMessage {
  if (typeof value !== 'object' || value === null)
    throw new TypeError('Cannot read a message: the field is absent');
  // A decoded message is a plain object with string keys.
  return value as WireMessage;
}

export function readOptionalMessage(value: unknown): WireMessage | undefined {
  return value === null || value === undefined ? undefined : readMessage(value);
}

export function readString(message: WireMessage, field: string): string {
  const value = message[field];
  if (typeof value !== 'string')
    throw new TypeError(`Cannot read the text field "${field}": it is ${typeof value}`);
  return value;
}

/** Reads any integer or floating point field; 64-bit ones arrive as decimal text. */
export function readNumber(message: WireMessage, field: string): number {
  const number = Number(message[field]);
  if (Number.isNaN(number)) throw new TypeError(`Cannot read the number field "${field}"`);
  return number;
}

export function readBoolean(message: WireMessage, field: string): boolean {
  return message[field] === true;
}

export function readBytes(message: WireMessage, field: string): Uint8Array {
  const value = message[field];
  return value instanceof Uint8Array ? value : new Uint8Array();
}

export function readList(message: WireMessage, field: string): readonly unknown[] {
  const value = message[field];
  return Array.isArray(value) ? value : [];
}

export function readStringList(message: WireMessage, field: string): readonly string[] {
  return readList(message, field).filter(item => typeof item === 'string');
}

/** A google.protobuf.Duration in ms; undefined when absent. */
export function readDurationMs(message: WireMessage, field: string): number | undefined {
  const duration = readOptionalMessage(message[field]);
  return duration && readNumber(duration, 'seconds') * 1000 + readNumber(duration, 'nanos') / 1e6;
}
