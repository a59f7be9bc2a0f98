import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The bridges of this network namespace, sorted by name. */
export async function listBridges(sysClassNet = '/sys/class/net'): Promise<readonly string[]> {
  const names = (await readdir(sysClassNet)).sort();
  const areBridges = await Promise.all(names.map(name => isBridge(name, sysClassNet)));
  return names.filter((_name, index) => areBridges[index]);
}

/** Whether there is an interface of that name and it is a bridge: only those have the folder `bridge`. */
export async function isBridge(name: string, sysClassNet = '/sys/class/net'): Promise<boolean> {
  // A name from a job must not lead elsewhere.
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0')) return false;
  try {
    return (await stat(join(sysClassNet, name, 'bridge'))).isDirectory();
  } catch {
    // ENOENT, ENOTDIR: no such interface, or of another kind.
    return false;
  }
}
