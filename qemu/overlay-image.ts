import { MAX_BACKING_NAME_BYTES, QCOW2_MAGIC } from './qcow2-header.ts';
import type { SparseImage } from './sparse-image.ts';
import type { ImageFormat } from './vm-spec.ts';

/** What an overlay is on, and how large the guest sees it. */
export interface OverlayOptions {
  /** Absolute; at most 1023 bytes. */
  readonly basePath: string;
  readonly baseFormat: ImageFormat;
  /** A multiple of 512 up to MAX_OVERLAY_BYTES. Beyond the end of the base the guest reads zeros. */
  readonly virtualSizeBytes: number;
}

const CLUSTER_BITS = 16;
const CLUSTER_BYTES = 2 ** CLUSTER_BITS;
/** One L1 entry stands for one table of 8192 clusters. */
const BYTES_PER_L1_ENTRY = CLUSTER_BYTES * (CLUSTER_BYTES / 8);
/** qemu reads L1 tables of up to 32 MiB. */
export const MAX_OVERLAY_BYTES = BYTES_PER_L1_ENTRY * 2 ** 22;

const HEADER_BYTES = 104;
const BACKING_FORMAT_EXTENSION = 0xe2792aca;
/** 2^4 bits a reference count, qemu's default. */
const REFCOUNT_ORDER = 4;

const REFCOUNT_TABLE = 1;
const REFCOUNT_BLOCK = 2;
const L1_TABLE = 3;

/**
 * An empty qcow2 version 3 overlay, after docs/interop/qcow2.txt of qemu: header, reference counts and an empty L1
 * table, each in clusters of its own. It is what `qemu-img create -b` makes, without starting a process.
 *
 * @throws {RangeError} when the size or the base's path cannot be expressed.
 */
export function buildOverlayImage(options: OverlayOptions): SparseImage {
  validateOptions(options);
  const l1Entries = Math.ceil(options.virtualSizeBytes / BYTES_PER_L1_ENTRY);
  const l1Clusters = Math.ceil((l1Entries * 8) / CLUSTER_BYTES);
  const usedClusters = L1_TABLE + l1Clusters;
  const refcountTable = Buffer.alloc(8);
  refcountTable.writeBigUInt64BE(BigInt(REFCOUNT_BLOCK * CLUSTER_BYTES));
  const refcounts = Buffer.alloc(usedClusters * 2);
  for (let cluster = 0; cluster < usedClusters; cluster += 1) refcounts.writeUInt16BE(1, cluster * 2);
  return {
    fileSizeBytes: usedClusters * CLUSTER_BYTES,
    parts: [
      { offset: 0, bytes: buildHeader(options, l1Entries) },
      { offset: REFCOUNT_TABLE * CLUSTER_BYTES, bytes: refcountTable },
      { offset: REFCOUNT_BLOCK * CLUSTER_BYTES, bytes: refcounts },
    ],
  };
}

function buildHeader(options: OverlayOptions, l1Entries: number): Buffer {
  const extensions = buildFormatExtension(options.baseFormat);
  const backingName = Buffer.from(options.basePath);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(QCOW2_MAGIC, 0);
  header.writeUInt32BE(3, 4);
  header.writeBigUInt64BE(BigInt(HEADER_BYTES + extensions.length), 8);
  header.writeUInt32BE(backingName.length, 16);
  header.writeUInt32BE(CLUSTER_BITS, 20);
  header.writeBigUInt64BE(BigInt(options.virtualSizeBytes), 24);
  header.writeUInt32BE(l1Entries, 36);
  header.writeBigUInt64BE(BigInt(L1_TABLE * CLUSTER_BYTES), 40);
  header.writeBigUInt64BE(BigInt(REFCOUNT_TABLE * CLUSTER_BYTES), 48);
  header.writeUInt32BE(1, 56);
  header.writeUInt32BE(REFCOUNT_ORDER, 96);
  header.writeUInt32BE(HEADER_BYTES, 100);
  return Buffer.concat([header, extensions, backingName]);
}

/** The backing file's format, then the empty extension that ends the list. */
function buildFormatExtension(format: ImageFormat): Buffer {
  const padded = Math.ceil(format.length / 8) * 8;
  const bytes = Buffer.alloc(8 + padded + 8);
  bytes.writeUInt32BE(BACKING_FORMAT_EXTENSION, 0);
  bytes.writeUInt32BE(format.length, 4);
  bytes.write(format, 8);
  return bytes;
}

function validateOptions({ basePath, virtualSizeBytes }: OverlayOptions): void {
  if (virtualSizeBytes < 512 || virtualSizeBytes > MAX_OVERLAY_BYTES || virtualSizeBytes % 512 !== 0) {
    throw new RangeError(
      `it would have ${virtualSizeBytes} bytes, wanted a multiple of 512 up to ${MAX_OVERLAY_BYTES}`,
    );
  }
  // Before a colon qemu takes a relative name for a protocol, such as "nbd:".
  if (!basePath.startsWith('/')) throw new RangeError(`its base "${basePath}" is not an absolute path`);
  const nameBytes = Buffer.byteLength(basePath);
  if (nameBytes > MAX_BACKING_NAME_BYTES) {
    throw new RangeError(
      `the path of its base has ${nameBytes} bytes, wanted at most ${MAX_BACKING_NAME_BYTES}`,
    );
  }
}
