/** A file of a FAT volume's root folder. */
export interface FatFile {
  /** Letters, digits and dashes; at most 255. The first six must differ from those of all other files. */
  readonly name: string;
  readonly content: Buffer;
}

/** A file and where it lies: its clusters follow one another. */
export interface PlacedFile extends FatFile {
  readonly firstCluster: number;
  readonly clusters: number;
}

const ENTRY_BYTES = 32;
const ATTRIBUTE = { readOnly: 0x01, volumeLabel: 0x08, longName: 0x0f } as const;
/** Of a long name, each entry holds 13 UTF-16 units, at these places. */
const LONG_NAME_PLACES = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30] as const;
const LAST_LONG_ENTRY = 0x40;
/** 1 January 1980, the first day there is; zero is no day. */
const DATE = 0x0021;

/** The root folder of a FAT volume: its label, then each file with its long name. */
export function buildFatFolder(label: string, files: readonly PlacedFile[]): Buffer {
  return Buffer.concat([
    buildEntry({ name: label.padEnd(11), attribute: ATTRIBUTE.volumeLabel, firstCluster: 0, sizeBytes: 0 }),
    ...files.flatMap(file => {
      const name = shortNameOf(file.name);
      return [
        ...buildLongName(file.name, checksumOf(name)),
        buildEntry({
          name,
          attribute: ATTRIBUTE.readOnly,
          // An empty file has no cluster.
          firstCluster: file.clusters === 0 ? 0 : file.firstCluster,
          sizeBytes: file.content.length,
        }),
      ];
    }),
  ]);
}

function buildEntry(entry: {
  readonly name: string;
  readonly attribute: number;
  readonly firstCluster: number;
  readonly sizeBytes: number;
}): Buffer {
  const bytes = Buffer.alloc(ENTRY_BYTES);
  bytes.write(entry.name, 0, 'latin1');
  bytes.writeUInt8(entry.attribute, 11);
  for (const place of [16, 18, 24]) bytes.writeUInt16LE(DATE, place); // made, read, written
  bytes.writeUInt16LE(entry.firstCluster, 26);
  bytes.writeUInt32LE(entry.sizeBytes, 28);
  return bytes;
}

/** Eleven characters, as in `USER-D~1` and three blanks. */
function shortNameOf(name: string): string {
  return `${name.slice(0, 6).toUpperCase()}~1`.padEnd(11);
}

/** The long name's entries stand before the file's own, the name's end first. */
function buildLongName(name: string, checksum: number): readonly Buffer[] {
  const perEntry = LONG_NAME_PLACES.length;
  const count = Math.ceil(name.length / perEntry);
  return Array.from({ length: count }, (_, index) => {
    const order = count - index;
    const bytes = Buffer.alloc(ENTRY_BYTES);
    bytes.writeUInt8(order | (index === 0 ? LAST_LONG_ENTRY : 0), 0);
    bytes.writeUInt8(ATTRIBUTE.longName, 11);
    bytes.writeUInt8(checksum, 13);
    for (const [place, offset] of LONG_NAME_PLACES.entries()) {
      bytes.writeUInt16LE(longNameUnit(name, (order - 1) * perEntry + place), offset);
    }
    return bytes;
  });
}

/** A name that does not fill its last entry ends with one zero, then ones. */
function longNameUnit(name: string, index: number): number {
  if (index < name.length) return name.charCodeAt(index);
  return index === name.length ? 0 : 0xffff;
}

/** Ties a long name to its short one: each step turns the sum right by one bit and adds a character. */
function checksumOf(shortName: string): number {
  let sum = 0;
  for (const character of Buffer.from(shortName, 'latin1')) {
    sum = (((sum & 1) << 7) + (sum >> 1) + character) & 0xff;
  }
  return sum;
}
