import { readFileSync, statSync } from 'node:fs';

/**
 * Whether any process holds a lock on a file, as qemu does on every image that it has open. The inode's number decides,
 * as file systems in layers do not agree on the device: in doubt the answer is yes.
 *
 * @throws the system's error when there is no such file.
 */
export function isLocked(path: string, locks = readFileSync('/proc/locks', 'utf8')): boolean {
  const { ino } = statSync(path, { bigint: true });
  return locks.split('\n').some(line => line.includes(`:${ino} `));
}
