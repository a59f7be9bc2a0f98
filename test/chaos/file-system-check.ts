import { rm } from 'node:fs/promises';
import { execa } from 'execa';

/** What a guest left on its disk. */
export interface FileSystemState {
  readonly hasJournal: boolean;
  /** As the superblock has it: `clean`, `not clean`, `clean with errors`. */
  readonly state: string;
  /** Whether the next mount has to replay the journal: what a power cut leaves. */
  readonly needsRecovery: boolean;
  /** Of `e2fsck -f -n`: 0 means not the smallest fault. */
  readonly fsckExitCode: number;
  /** The number that the guest wrote to a file last, once the journal is replayed. */
  readonly lastWritten: number;
}

/** Of the lab's guests' first partition: see bootable-disk.sh. */
const PARTITION_OFFSET = 2048 * 512;
/** e2fsck's exit codes from here on: some fault is left, or it could not do its work; see e2fsck(8). */
const UNREPAIRED = 4;

/**
 * Looks at the ext4 file system in a disk's first partition, without a mount and without a change.
 *
 * @param copy where to put a copy of the partition meanwhile
 * @param writtenFile what to read the last number from: a path in the file system
 * @throws when the disk can't be read
 */
export async function checkFileSystem(
  disk: string,
  copy: string,
  writtenFile: string,
): Promise<FileSystemState> {
  const file = { driver: 'qcow2', file: { driver: 'file', filename: disk } };
  const partition = `json:${JSON.stringify({ driver: 'raw', offset: PARTITION_OFFSET, file })}`;
  try {
    await execa('qemu-img', ['convert', '-O', 'raw', partition, copy]);
    const superblock = await execa('dumpe2fs', ['-h', copy]);
    const fsck = await execa('e2fsck', ['-f', '-n', copy], { reject: false });
    if (fsck.exitCode === undefined) throw new Error(`Cannot run e2fsck: ${fsck.shortMessage}`);
    // A mount would do the same first. In the copy: the disk stays as it is.
    const repair = await execa('e2fsck', ['-f', '-y', copy], { reject: false });
    if (repair.exitCode === undefined || repair.exitCode >= UNREPAIRED)
      throw new Error(`Cannot repair the file system on "${disk}": ${repair.stdout}`);
    const written = await execa('debugfs', ['-R', `cat ${writtenFile}`, copy]);
    return {
      ...parseSuperblock(superblock.stdout),
      fsckExitCode: fsck.exitCode,
      lastWritten: Number(written.stdout.trim() || 0),
    };
  } finally {
    await rm(copy, { force: true });
  }
}

/** Reads what `dumpe2fs -h` prints. @throws RangeError when that is no superblock */
export function parseSuperblock(
  text: string,
): Pick<FileSystemState, 'hasJournal' | 'state' | 'needsRecovery'> {
  const field = (name: string) => new RegExp(`^${name}: +(.*)$`, 'm').exec(text)?.[1];
  const features = field('Filesystem features')?.split(' ');
  const state = field('Filesystem state');
  if (features === undefined || state === undefined)
    throw new RangeError(`Cannot read a superblock from "${text.slice(0, 200)}"`);
  return {
    hasJournal: features.includes('has_journal'),
    state,
    needsRecovery: features.includes('needs_recovery'),
  };
}
