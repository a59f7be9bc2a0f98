import { decode } from '@msgpack/msgpack';

/**
 * Decodes the msgpack bytes of a `config` block as Nomad sends them.
 *
 * Integers beyond 2^53 stay exact as `bigint`; numbers that no 64-bit form holds arrive from Nomad as decimal strings
 * and stay strings, for the option's type to judge. Byte strings become text. Zero bytes, which an agent without a
 * schema sends, are an empty object.
 *
 * @throws {RangeError | Error} when the bytes are not one msgpack value; @msgpack/msgpack says why.
 */
export function decodeWireValue(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return {};
  return normalise(decode(bytes, { useBigInt64: true }));
}

function normalise(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (value instanceof Uint8Array) return new TextDecoder('utf-8', { fatal: true }).decode(value);
  if (Array.isArray(value)) return value.map(normalise);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, normalise(inner)]));
  }
  return value;
}
