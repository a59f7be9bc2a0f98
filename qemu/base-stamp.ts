import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

/**
 * By what a base image is known again. An overlay holds only what differs from its base: on another one, or on one
 * that was written to, the guest finds its files mixed up.
 */
export interface BaseStamp {
  readonly path: string;
  readonly sizeBytes: number;
  /** Nanoseconds since 1970, as text: JSON has no such large numbers. */
  readonly modifiedNs: string;
  /** SHA-256 of the first 64 KiB, in hex. */
  readonly headSha256: string;
}

const HEAD_BYTES = 65_536;

/** @throws the system's error when the file cannot be read. */
export async function readBaseStamp(path: string): Promise<BaseStamp> {
  await using handle = await open(path, 'r');
  const stats = await handle.stat({ bigint: true });
  const head = Buffer.alloc(HEAD_BYTES);
  const { bytesRead } = await handle.read(head, 0, HEAD_BYTES, 0);
  return {
    path,
    sizeBytes: Number(stats.size),
    modifiedNs: String(stats.mtimeNs),
    headSha256: createHash('sha256').update(head.subarray(0, bytesRead)).digest('hex'),
  };
}

/** Whether both are of one unchanged file, or of a copy that kept its time. Where it lies does not matter. */
export function isSameBase(a: BaseStamp, b: BaseStamp): boolean {
  return a.sizeBytes === b.sizeBytes && a.modifiedNs === b.modifiedNs && a.headSha256 === b.headSha256;
}

/** Such as `2147483648 bytes of 2026-01-31T12:00:00.000Z`. */
export function describeStamp({ sizeBytes, modifiedNs }: BaseStamp): string {
  return `${sizeBytes} bytes of ${new Date(Number(BigInt(modifiedNs) / 1_000_000n)).toISOString()}`;
}

/** Reads what `JSON.stringify` made of a stamp; undefined for anything else. */
export function parseBaseStamp(text: string): BaseStamp | undefined {
  const value: unknown = parseJson(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const { path, sizeBytes, modifiedNs, headSha256 } = Object.fromEntries(Object.entries(value));
  const isStamp =
    typeof path === 'string' &&
    typeof sizeBytes === 'number' &&
    typeof modifiedNs === 'string' &&
    /^-?\d+$/.test(modifiedNs) &&
    typeof headSha256 === 'string';
  return isStamp ? { path, sizeBytes, modifiedNs, headSha256 } : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
