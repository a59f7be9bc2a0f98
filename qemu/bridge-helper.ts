import { constants } from 'node:fs';
import { access } from 'node:fs/promises';

/** Where distributions put qemu-bridge-helper, which no PATH leads to. */
export const BRIDGE_HELPER_PATHS: readonly string[] = [
  // Debian, Ubuntu, Arch
  '/usr/lib/qemu/qemu-bridge-helper',
  // Fedora, RHEL, openSUSE, Gentoo
  '/usr/libexec/qemu-bridge-helper',
  // older openSUSE
  '/usr/lib/qemu-bridge-helper',
  // NixOS
  '/run/wrappers/bin/qemu-bridge-helper',
  // built from source
  '/usr/local/libexec/qemu-bridge-helper',
];

/** The first of the paths that is a program; undefined if there is none. */
export async function findBridgeHelper(
  paths: readonly string[] = BRIDGE_HELPER_PATHS,
): Promise<string | undefined> {
  for (const path of paths) {
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {
      // ENOENT, EACCES: not this distribution's place.
    }
  }
  return undefined;
}
