import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { deadlineSignal } from './abortable.ts';
import { CHILD_ENVIRONMENT } from './child-environment.ts';
import { QemuError } from './errors.ts';

/** `qemu-kvm` is what RHEL and its kin call the one for their own architecture. */
const EMULATOR_NAME = /^(qemu-system-[a-z0-9_]+|qemu-kvm)$/;
const VERSION_MS = 5_000;

/**
 * Finds the emulators of a host.
 *
 * @param pathDirs absolute folders; of two emulators of one name the first folder's wins. Missing ones are skipped.
 * @returns absolute paths by name, such as `qemu-system-x86_64`.
 */
export async function findEmulators(pathDirs: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const dir of pathDirs) {
    for (const name of await listNames(dir)) {
      const path = join(dir, name);
      if (!found.has(name) && EMULATOR_NAME.test(name) && (await isExecutable(path))) found.set(name, path);
    }
  }
  return found;
}

/** The path of one emulator; undefined when it is not installed, or the name is not that of an emulator. */
export async function findEmulator(name: string, pathDirs: readonly string[]): Promise<string | undefined> {
  if (!EMULATOR_NAME.test(name)) return undefined;
  for (const dir of pathDirs) {
    const path = join(dir, name);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

/**
 * Asks an emulator for its version, such as `7.2.22`.
 *
 * @throws QemuError `emulator-missing` when it cannot be run or is not qemu, and the signal's reason.
 */
export async function readEmulatorVersion(
  path: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<string> {
  const cancelSignal = deadlineSignal(options.signal, VERSION_MS);
  const result = await execa(path, ['--version'], {
    cancelSignal,
    reject: false,
    stdin: 'ignore',
    maxBuffer: 65_536,
    extendEnv: false,
    env: CHILD_ENVIRONMENT,
  });
  options.signal?.throwIfAborted();
  const version = parseEmulatorVersion(result.stdout);
  if (version !== undefined) return version;
  const reason = result.failed ? result.shortMessage : 'its answer to "--version" is not that of qemu';
  throw new QemuError(
    'emulator-missing',
    `Cannot use emulator "${path}": ${reason}; install qemu or correct the path`,
  );
}

/** The version in what `--version` prints; undefined if that is not qemu's. */
export function parseEmulatorVersion(output: string): string | undefined {
  return /^QEMU emulator version (\d+\.\d+\.\d+)/.exec(output)?.[1];
}

async function listNames(dir: string): Promise<readonly string[]> {
  try {
    return (await readdir(dir)).sort();
  } catch {
    // ENOENT, EACCES, ENOTDIR: folders of a PATH need not exist.
    return [];
  }
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    // A dangling link, or a file that is no program.
    return false;
  }
}
