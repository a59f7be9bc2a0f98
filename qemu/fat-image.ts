import { buildFatFolder, type FatFile, type PlacedFile } from './fat-folder.ts';
import type { SparseImage } from './sparse-image.ts';

const SECTOR_BYTES = 512;
const VOLUME_SECTORS = 16_384;
const TABLE_SECTORS = 64;
const FOLDER_SECTORS = 32;
const FIRST_TABLE = 1;
const SECOND_TABLE = FIRST_TABLE + TABLE_SECTORS;
const FOLDER = SECOND_TABLE + TABLE_SECTORS;
const FIRST_DATA = FOLDER + FOLDER_SECTORS;
/** The first two numbers of a table stand for no cluster. */
const FIRST_CLUSTER = 2;
const MEDIA_FIXED_DISK = 0xf8;
const END_OF_CHAIN = 0xffff;

/** What fits into all files together, each rounded up to whole sectors. */
export const FAT_CAPACITY_BYTES = (VOLUME_SECTORS - FIRST_DATA) * SECTOR_BYTES;

/**
 * A FAT16 volume without partitions that holds these files and nothing else, after Microsoft's "FAT: General Overview of
 * On-Disk Format", 1.03. The same files make the same bytes.
 *
 * It always has 8 MiB with clusters of one sector: the number of clusters, which alone decides between FAT12, FAT16 and
 * FAT32, is then far from either limit, and what is empty takes no space in a sparse file.
 *
 * @param label upper case, at most 11 characters.
 * @throws {RangeError} when the files are larger than FAT_CAPACITY_BYTES.
 */
export function buildFatImage(label: string, files: readonly FatFile[]): SparseImage {
  const table = Buffer.alloc(TABLE_SECTORS * SECTOR_BYTES);
  table.writeUInt16LE(0xff00 | MEDIA_FIXED_DISK, 0);
  table.writeUInt16LE(END_OF_CHAIN, 2);
  const placed = placeFiles(files);
  for (const file of placed) chainClusters(table, file);
  return {
    fileSizeBytes: VOLUME_SECTORS * SECTOR_BYTES,
    parts: [
      { offset: 0, bytes: buildBootSector(label) },
      { offset: FIRST_TABLE * SECTOR_BYTES, bytes: table },
      { offset: SECOND_TABLE * SECTOR_BYTES, bytes: table },
      { offset: FOLDER * SECTOR_BYTES, bytes: buildFatFolder(label, placed) },
      ...placed.map(({ firstCluster, content }) => ({
        offset: (FIRST_DATA + firstCluster - FIRST_CLUSTER) * SECTOR_BYTES,
        bytes: content,
      })),
    ],
  };
}

function placeFiles(files: readonly FatFile[]): readonly PlacedFile[] {
  let next = FIRST_CLUSTER;
  const placed = files.map(file => {
    const clusters = Math.ceil(file.content.length / SECTOR_BYTES);
    const firstCluster = next;
    next += clusters;
    return { ...file, firstCluster, clusters };
  });
  const usedBytes = (next - FIRST_CLUSTER) * SECTOR_BYTES;
  if (usedBytes > FAT_CAPACITY_BYTES) {
    throw new RangeError(`the files take ${usedBytes} bytes, wanted at most ${FAT_CAPACITY_BYTES}`);
  }
  return placed;
}

function chainClusters(table: Buffer, { firstCluster, clusters }: PlacedFile): void {
  for (let index = 0; index < clusters; index += 1) {
    const cluster = firstCluster + index;
    table.writeUInt16LE(index === clusters - 1 ? END_OF_CHAIN : cluster + 1, cluster * 2);
  }
}

function buildBootSector(label: string): Buffer {
  const sector = Buffer.alloc(SECTOR_BYTES);
  // A jump over the fields, to "int 0x18": the firmware is told that there is nothing to boot.
  Buffer.from([0xeb, 0x3c, 0x90]).copy(sector);
  Buffer.from([0xcd, 0x18, 0xeb, 0xfe]).copy(sector, 62);
  // The name that Microsoft's specification recommends, as some old drivers look at it.
  sector.write('MSWIN4.1', 3, 'latin1');
  sector.writeUInt16LE(SECTOR_BYTES, 11);
  sector.writeUInt8(1, 13); // sectors in a cluster
  sector.writeUInt16LE(FIRST_TABLE, 14);
  sector.writeUInt8(2, 16); // tables
  sector.writeUInt16LE((FOLDER_SECTORS * SECTOR_BYTES) / 32, 17); // entries of the root folder
  sector.writeUInt16LE(VOLUME_SECTORS, 19);
  sector.writeUInt8(MEDIA_FIXED_DISK, 21);
  sector.writeUInt16LE(TABLE_SECTORS, 22);
  sector.writeUInt16LE(32, 24); // sectors of a track and heads: of no meaning today, but not zero
  sector.writeUInt16LE(2, 26);
  sector.writeUInt8(0x80, 36); // the BIOS's number of a hard disk
  sector.writeUInt8(0x29, 38); // the next three fields are there
  sector.writeUInt32LE(1, 39); // the volume's serial number
  sector.write(label.padEnd(11), 43, 'latin1');
  sector.write('FAT16   ', 54, 'latin1');
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}
