import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findEmulators, parseEmulatorVersion, readEmulatorVersion } from '../../qemu/emulators.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'emulators-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function addProgram(path: string, body = 'exit 0', mode = 0o755): string {
  writeFileSync(join(folder, path), `#!/bin/sh\n${body}\n`);
  chmodSync(join(folder, path), mode);
  return join(folder, path);
}

describe('findEmulators()', () => {
  it('finds programs by name, the first folder first', async () => {
    mkdirSync(join(folder, 'a'));
    mkdirSync(join(folder, 'b'));
    const first = addProgram('a/qemu-system-x86_64');
    addProgram('b/qemu-system-x86_64');
    const arm = addProgram('b/qemu-system-aarch64');
    const kvm = addProgram('b/qemu-kvm');
    addProgram('b/qemu-system-riscv64', '', 0o644);
    addProgram('b/qemu-system-x86_64-microvm.old');
    addProgram('b/qemu-img');
    symlinkSync('/nonexistent', join(folder, 'b/qemu-system-mips'));
    const dirs = [join(folder, 'none'), join(folder, 'a'), join(folder, 'b')];
    expect(await findEmulators(dirs)).toEqual(
      new Map([
        ['qemu-system-x86_64', first],
        ['qemu-kvm', kvm],
        ['qemu-system-aarch64', arm],
      ]),
    );
  });
});

describe('readEmulatorVersion()', () => {
  it('reads the version of real qemu', async () => {
    const path = (await findEmulators(['/usr/local/bin', '/usr/bin'])).get('qemu-system-x86_64');
    expect(path).toBeDefined();
    expect(await readEmulatorVersion(path ?? '')).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it.each([
    ['not that of qemu', 'echo hello'],
    ['exit code 3', 'exit 3'],
  ])('says "%s"', async (words, body) => {
    const path = addProgram('qemu-system-x86_64', body);
    await expect(readEmulatorVersion(path)).rejects.toMatchObject({
      code: 'emulator-missing',
      message: expect.stringContaining(words),
    });
  });

  it('says that there is no such program', async () => {
    await expect(readEmulatorVersion(join(folder, 'none'))).rejects.toMatchObject({
      code: 'emulator-missing',
      message: expect.stringContaining('ENOENT'),
    });
  });

  it("passes the signal's reason on", async () => {
    const path = addProgram('qemu-system-x86_64', 'exec sleep 20');
    const controller = new AbortController();
    const reading = readEmulatorVersion(path, { signal: controller.signal });
    controller.abort(new Error('stopping'));
    await expect(reading).rejects.toThrow('stopping');
  });
});

describe('parseEmulatorVersion()', () => {
  it('reads what distributions print', () => {
    expect(parseEmulatorVersion('QEMU emulator version 7.2.22 (Debian 1:7.2)\nCopyright')).toBe('7.2.22');
    expect(parseEmulatorVersion('QEMU emulator version 9.1.0\n')).toBe('9.1.0');
    expect(parseEmulatorVersion('qemu-img version 7.2.22')).toBeUndefined();
  });
});
