import { findForeignFile, isIso9660, isText } from './file-signature.ts';
import { parseQcow2Header, QCOW2_FEATURES, QCOW2_MAGIC, type Qcow2Header } from './qcow2-header.ts';
import type { ImageFormat } from './vm-spec.ts';

/** How many first bytes of an image `parseImageHeader` wants to see. */
export const IMAGE_HEADER_BYTES = 65_536;

/** What an image is, or why it may not be used. */
export type ImageVerdict = UsableImage | RefusedImage;

export interface UsableImage {
  readonly kind: 'usable';
  readonly format: ImageFormat;
  /** The size of the disk that the guest sees. */
  readonly virtualSizeBytes: number;
}

export interface RefusedImage {
  readonly kind: 'refused';
  readonly code: 'image-invalid' | 'image-unsafe';
  /** A clause about the image, to follow "it". */
  readonly reason: string;
  readonly cure: string;
}

/**
 * What to do with a file that no signature tells anything about: refuse it unless it has a boot sector, or take it for
 * a raw disk, as qemu does (a blank disk, firmware for `if=pflash`).
 */
export type UnknownContent = 'refuse' | 'raw';

const KNOWN_FEATURES = QCOW2_FEATURES.dirty | QCOW2_FEATURES.compressionType | QCOW2_FEATURES.extendedL2;
const SECTOR_BYTES = 512;

/**
 * Decides about an image by its first bytes, without any qemu tool: those follow what a hostile header tells them, to
 * any file of the host.
 *
 * @param bytes the first IMAGE_HEADER_BYTES of the file, or all of a shorter one.
 */
export function parseImageHeader(
  bytes: Buffer,
  fileSizeBytes: number,
  unknown: UnknownContent = 'refuse',
): ImageVerdict {
  if (fileSizeBytes === 0) return refuse('image-invalid', 'is empty', 'fetch it again');
  const foreign = findForeignFile(bytes);
  if (foreign !== undefined)
    return refuse('image-invalid', `is ${foreign.kind}, wanted qcow2 or raw`, foreign.cure);
  const header = parseQcow2Header(bytes);
  if (header !== undefined) return judgeQcow2(header, fileSizeBytes);
  // A magic without a whole header is a download that was cut off, not a raw disk.
  if (bytes.length >= 4 && bytes.readUInt32BE(0) === QCOW2_MAGIC) return cutOff();
  return unknown === 'raw' ? usable('raw', fileSizeBytes) : judgeRaw(bytes, fileSizeBytes);
}

function judgeQcow2(header: Qcow2Header, fileSizeBytes: number): ImageVerdict {
  const convert = 'convert it with "qemu-img convert -O qcow2" where it was made';
  if (header.version !== 2 && header.version !== 3) {
    return refuse('image-invalid', `is qcow version ${header.version}, wanted 2 or 3`, convert);
  }
  if (header.backingFile !== undefined) {
    return refuse(
      'image-unsafe',
      `has the backing file ${JSON.stringify(header.backingFile)}, wanted none`,
      convert,
    );
  }
  if ((header.incompatibleFeatures & QCOW2_FEATURES.externalDataFile) !== 0n) {
    return refuse('image-unsafe', 'keeps its data in another file, wanted one self-contained file', convert);
  }
  if (header.cryptMethod !== 0) return refuse('image-invalid', 'is encrypted', 'decrypt it first');
  if ((header.incompatibleFeatures & QCOW2_FEATURES.corrupt) !== 0n) {
    return refuse(
      'image-invalid',
      'is marked as corrupt',
      'fetch it again, or repair it with "qemu-img check -r all"',
    );
  }
  const unknownFeatures = header.incompatibleFeatures & ~KNOWN_FEATURES;
  if (unknownFeatures !== 0n) {
    return refuse(
      'image-invalid',
      `needs the unknown qcow2 features 0x${unknownFeatures.toString(16)}`,
      convert,
    );
  }
  if (header.clusterBits < 9 || header.clusterBits > 21) {
    return refuse(
      'image-invalid',
      `has clusters of 2^${header.clusterBits} bytes, wanted 2^9 to 2^21`,
      convert,
    );
  }
  if (header.virtualSizeBytes === 0n || header.virtualSizeBytes > BigInt(Number.MAX_SAFE_INTEGER)) {
    return refuse('image-invalid', `claims a size of ${header.virtualSizeBytes} bytes`, 'fetch it again');
  }
  const l1End = header.l1TableOffset + BigInt(header.l1Entries) * 8n;
  if (l1End > BigInt(fileSizeBytes) || header.refcountTableOffset >= BigInt(fileSizeBytes)) return cutOff();
  return usable('qcow2', Number(header.virtualSizeBytes));
}

/** Without a signature of its own, a raw disk is told by the boot sector that MBR and GPT both have. */
function judgeRaw(bytes: Buffer, fileSizeBytes: number): ImageVerdict {
  const hasBootSector = bytes.length >= SECTOR_BYTES && bytes.readUInt16BE(510) === 0x55aa;
  if (!hasBootSector) {
    if (isText(bytes)) {
      return refuse(
        'image-invalid',
        `is text that starts with ${quoteStart(bytes)}`,
        'look at what was fetched',
      );
    }
    const kind = isIso9660(bytes)
      ? 'is an ISO image that cannot boot as a disk'
      : 'is neither qcow2 nor a raw disk with a boot sector';
    return refuse('image-invalid', kind, 'give a cloud image of the distribution');
  }
  if (fileSizeBytes % SECTOR_BYTES !== 0) {
    return refuse(
      'image-invalid',
      `is a raw disk of ${fileSizeBytes} bytes, wanted a multiple of 512: it looks cut off`,
      'fetch it again',
    );
  }
  return usable('raw', fileSizeBytes);
}

function quoteStart(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('latin1', 0, 40).split(/[\r\n]/, 1)[0]);
}

function cutOff(): RefusedImage {
  return refuse('image-invalid', 'is a qcow2 image that was cut off', 'fetch it again');
}

function usable(format: ImageFormat, virtualSizeBytes: number): UsableImage {
  return { kind: 'usable', format, virtualSizeBytes };
}

function refuse(code: RefusedImage['code'], reason: string, cure: string): RefusedImage {
  return { kind: 'refused', code, reason, cure };
}
