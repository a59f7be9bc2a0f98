import { stat } from 'node:fs/promises';
import { readBootId } from './process-identity.ts';

/**
 * Names what would run if this binary were started now: changes with an upgrade in place, with /dev/kvm and its rights,
 * and with a boot. What was found out by trying holds as long as it stays the same.
 */
export async function readBinarySignature(path: string, kvmPath = '/dev/kvm'): Promise<string> {
  const [binary, kvm] = await Promise.all([describe(path), describe(kvmPath)]);
  return [path, binary, kvm, readBootId()].join(' ');
}

async function describe(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeMs, mode, uid, gid } = await stat(path);
    return [dev, ino, size, mtimeMs, mode, uid, gid].join(':');
  } catch {
    // ENOENT: that it is not there is a state as well.
    return 'none';
  }
}
