import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { DiskConfig } from '../config/disk-config.ts';
import type { TaskRequest } from '../task-request.ts';

/** What decides where a VM's own disk lies. */
export interface DiskPlace {
  readonly request: Pick<TaskRequest, 'taskDir'>;
  readonly identity: string;
  readonly disksDir: string;
}

/**
 * Where a VM's overlay lives. An ephemeral one is in the task's `local` folder, so that it stays for restarts of the
 * task, goes with the allocation, and moves with a sticky `ephemeral_disk`. A persistent one is in a folder of the
 * operator's, by the VM's identity.
 */
export function overlayPathOf(disk: Extract<DiskConfig, { kind: 'overlay' }>, place: DiskPlace): string {
  return disk.lifetime === 'persistent'
    ? join(place.disksDir, diskFolderName(place.identity), DISK_FILE)
    : join(place.request.taskDir, 'local', 'vm-disk.qcow2');
}

/** The disk in its folder below `disks_dir`. */
export const DISK_FILE = 'disk.qcow2';

/** The folder's name for a VM's identity: `default/alice` has `default~alice`. */
export function diskFolderName(identity: string): string {
  const name = identity
    .split('/')
    .map(part => encodeURIComponent(part).replaceAll('~', '%7E'))
    .join('~');
  if (name.length <= MAX_NAME_LENGTH) return name;
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 16);
  return `${name.slice(0, MAX_NAME_LENGTH)}~${hash}`;
}

/** Linux takes 255. */
const MAX_NAME_LENGTH = 200;

/** Where it is written down what an overlay was made on. */
export function stampPathOf(overlayPath: string): string {
  return `${overlayPath}.base.json`;
}
