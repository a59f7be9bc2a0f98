/** The facts of a qcow2 header that decide whether, and how, the image may be used. */
export interface Qcow2Header {
  /** 2 or 3 are current; 1 is the older qcow format. */
  readonly version: number;
  readonly virtualSizeBytes: bigint;
  readonly clusterBits: number;
  /** 0 means no encryption. */
  readonly cryptMethod: number;
  readonly l1Entries: number;
  readonly l1TableOffset: bigint;
  readonly refcountTableOffset: bigint;
  readonly incompatibleFeatures: bigint;
  /** The name as the header has it; undefined without a backing file, empty when it lies outside the bytes given. */
  readonly backingFile: string | undefined;
}

/** `QFI` and 0xfb. */
export const QCOW2_MAGIC = 0x514649fb;

/** Bits of the incompatible features: who does not know a set bit must not open the image. */
export const QCOW2_FEATURES = {
  dirty: 1n,
  corrupt: 2n,
  externalDataFile: 4n,
  compressionType: 8n,
  extendedL2: 16n,
} as const;

/** The longest backing file name that qemu accepts, in bytes. */
export const MAX_BACKING_NAME_BYTES = 1023;

const V2_HEADER_BYTES = 72;
const V3_HEADER_BYTES = 104;

/**
 * Reads a qcow2 header as docs/interop/qcow2.txt of qemu lays it out.
 *
 * @param bytes the file's first bytes, ideally 64 KiB or all of it.
 * @returns undefined if it has none, or one that is cut off.
 */
export function parseQcow2Header(bytes: Buffer): Qcow2Header | undefined {
  if (bytes.length < V2_HEADER_BYTES || bytes.readUInt32BE(0) !== QCOW2_MAGIC) return undefined;
  const version = bytes.readUInt32BE(4);
  if (version >= 3 && bytes.length < V3_HEADER_BYTES) return undefined;
  return {
    version,
    virtualSizeBytes: bytes.readBigUInt64BE(24),
    clusterBits: bytes.readUInt32BE(20),
    cryptMethod: bytes.readUInt32BE(32),
    l1Entries: bytes.readUInt32BE(36),
    l1TableOffset: bytes.readBigUInt64BE(40),
    refcountTableOffset: bytes.readBigUInt64BE(48),
    incompatibleFeatures: version >= 3 ? bytes.readBigUInt64BE(72) : 0n,
    backingFile: readBackingFile(bytes),
  };
}

function readBackingFile(bytes: Buffer): string | undefined {
  const offset = bytes.readBigUInt64BE(8);
  const length = bytes.readUInt32BE(16);
  if (offset === 0n) return undefined;
  if (length > MAX_BACKING_NAME_BYTES || offset + BigInt(length) > BigInt(bytes.length)) return '';
  return bytes.toString('utf8', Number(offset), Number(offset) + length);
}
