const PREFIX = 'qemu-system-';

/** `x86_64` and `qemu-system-x86_64` are the same emulator; the result is the latter. */
export function normaliseEmulator(name: string): string {
  return name.startsWith(PREFIX) ? name : PREFIX + name;
}

/** A name that can only mean a qemu binary on the PATH, never a path or another program. */
export function isEmulatorName(name: string): boolean {
  return /^[A-Za-z0-9_]+$/.test(normaliseEmulator(name).slice(PREFIX.length));
}
