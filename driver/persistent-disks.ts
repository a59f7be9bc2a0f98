import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseBaseStamp } from '../qemu/base-stamp.ts';
import { isLocked } from '../qemu/file-lock.ts';
import { DriverError } from './errors.ts';
import { isMissing, readFolder } from './read-folder.ts';
import { DISK_FILE, diskFolderName, stampPathOf } from './start/disk-path.ts';

/** A disk of a job with `disk = "persistent"`, whether its VM runs or not. */
export interface PersistentDisk {
  /** The VM's identity, such as `default/alice`. */
  readonly identity: string;
  readonly path: string;
  /** What it takes up. */
  readonly usedBytes: number;
  /** When the guest last wrote to it. */
  readonly modifiedAt: Date;
  readonly isInUse: boolean;
  /** The image it was made on; undefined where nothing tells. */
  readonly basePath: string | undefined;
}

/** The disks below `disks_dir`, by identity. @throws the system's error when the folder cannot be read. */
export function listPersistentDisks(disksDir: string): readonly PersistentDisk[] {
  return readFolder(disksDir)
    .toSorted()
    .flatMap(name => readDisk(disksDir, name) ?? []);
}

/**
 * Removes the disk of a VM, for good.
 *
 * @throws DriverError when there is none, or a VM uses it.
 */
export function removePersistentDisk(disksDir: string, identity: string): PersistentDisk {
  const disk = readDisk(disksDir, diskFolderName(identity));
  if (disk === undefined) {
    throw new DriverError(
      'invalid-task',
      `Cannot remove disk "${identity}": there is none in "${disksDir}"; "nomad-vm disk list" shows those there are`,
    );
  }
  if (disk.isInUse) {
    throw new DriverError(
      'invalid-task',
      `Cannot remove disk "${identity}": a VM uses it; stop its job first`,
    );
  }
  rmSync(join(disksDir, diskFolderName(identity)), { recursive: true });
  return disk;
}

function readDisk(disksDir: string, name: string): PersistentDisk | undefined {
  const path = join(disksDir, name, DISK_FILE);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  return {
    identity: readIdentity(name),
    path,
    usedBytes: stats.blocks * 512,
    modifiedAt: stats.mtime,
    isInUse: isLocked(path),
    basePath: parseBaseStamp(readText(stampPathOf(path)))?.path,
  };
}

/** The reverse of `diskFolderName`. */
function readIdentity(name: string): string {
  try {
    return name.split('~').map(decodeURIComponent).join('/');
  } catch (error) {
    // Not a name of ours.
    if (error instanceof URIError) return name;
    throw error;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
}
