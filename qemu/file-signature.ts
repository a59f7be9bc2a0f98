/** What a file that is neither qcow2 nor raw turned out to be. */
export interface ForeignFile {
  /** With its article, to follow "it is". */
  readonly kind: string;
  readonly cure: string;
}

const CONVERT = 'convert it with "qemu-img convert -O qcow2"';
const UNPACK = 'unpack it first';

const SIGNATURES: readonly { readonly offset: number; readonly text: string; readonly file: ForeignFile }[] =
  [
    { offset: 0, text: 'KDMV', file: { kind: 'a vmdk image', cure: CONVERT } },
    { offset: 0, text: 'COWD', file: { kind: 'a vmdk image', cure: CONVERT } },
    { offset: 0, text: '# Disk DescriptorFile', file: { kind: 'a vmdk descriptor', cure: CONVERT } },
    { offset: 64, text: '\x7f\x10\xda\xbe', file: { kind: 'a vdi image', cure: CONVERT } },
    { offset: 0, text: 'conectix', file: { kind: 'a vhd image', cure: CONVERT } },
    { offset: 0, text: 'vhdxfile', file: { kind: 'a vhdx image', cure: CONVERT } },
    { offset: 0, text: 'QED\0', file: { kind: 'a qed image', cure: CONVERT } },
    { offset: 0, text: 'WithoutFreeSpace', file: { kind: 'a parallels image', cure: CONVERT } },
    { offset: 0, text: 'WithouFreSpacExt', file: { kind: 'a parallels image', cure: CONVERT } },
    { offset: 0, text: 'LUKS\xba\xbe', file: { kind: 'a luks-encrypted image', cure: 'decrypt it first' } },
    { offset: 0, text: '\x1f\x8b', file: { kind: 'compressed with gzip', cure: UNPACK } },
    { offset: 0, text: '\xfd7zXZ\0', file: { kind: 'compressed with xz', cure: UNPACK } },
    { offset: 0, text: '\x28\xb5\x2f\xfd', file: { kind: 'compressed with zstd', cure: UNPACK } },
    { offset: 0, text: 'BZh', file: { kind: 'compressed with bzip2', cure: UNPACK } },
    { offset: 0, text: 'PK\x03\x04', file: { kind: 'a zip archive', cure: UNPACK } },
    { offset: 0, text: "7z\xbc\xaf'\x1c", file: { kind: 'a 7z archive', cure: UNPACK } },
    { offset: 257, text: 'ustar', file: { kind: 'a tar archive', cure: UNPACK } },
  ];

/** Tells the formats that people try to boot from by their first bytes; undefined for any other file. */
export function findForeignFile(bytes: Buffer): ForeignFile | undefined {
  return SIGNATURES.find(
    ({ offset, text }) => bytes.toString('latin1', offset, offset + text.length) === text,
  )?.file;
}

/** Whether the file is an ISO 9660 image, which may be a disk as well. */
export function isIso9660(bytes: Buffer): boolean {
  return bytes.toString('latin1', 32_769, 32_774) === 'CD001';
}

/** Whether the file starts as text does, such as the error page that a download really fetched. */
export function isText(bytes: Buffer): boolean {
  const start = bytes.subarray(0, 512);
  return (
    start.length > 0 && start.every(byte => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d)
  );
}
