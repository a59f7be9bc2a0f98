import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { probeKvm } from '../../qemu/kvm-probe.ts';
import { buildKvmProbeImage } from '../../qemu/kvm-probe-program.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kvm-probe-test-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** An emulator that does one thing, and says who it was. */
function fakeEmulator(body: string, name = 'qemu-system-x86_64'): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\necho $$ >${join(folder, 'pid')}\n${body}\n`, { mode: 0o755 });
  return path;
}

/** The fake's process id; 0 while it has not written it. */
function readPid(): number {
  try {
    return Number(readFileSync(join(folder, 'pid'), 'utf8'));
  } catch {
    // ENOENT: it has not begun.
    return 0;
  }
}

function isRunning(): boolean {
  const pid = readPid();
  expect(pid).toBeGreaterThan(0);
  try {
    return process.kill(pid, 0);
  } catch {
    // ESRCH
    return false;
  }
}

describe('probeKvm()', () => {
  it('passes through every stage on a processor that works: TCG', async () => {
    const emulator = '/usr/bin/qemu-system-x86_64';
    expect(await probeKvm(emulator, { accelerator: 'tcg', timeoutMs: 10_000 })).toEqual({ works: true });
  });

  it('comes to a verdict about KVM on this host', async () => {
    const verdict = await probeKvm('/usr/bin/qemu-system-x86_64');
    if (!verdict.works) expect(verdict.reason).not.toBe('');
  });

  it.each([
    [
      'Could not access KVM kernel module: Permission denied',
      'echo "Could not access KVM kernel module: Permission denied" >&2; exit 1',
    ],
    ['qemu ended with status 3', 'exit 3'],
    ['qemu ended with SIGABRT', 'kill -ABRT $$'],
    [
      'KVM internal error. Suberror: 1 after it entered long mode with paging',
      'printf 123; sleep 0.1; echo "KVM internal error. Suberror: 1" >&2; exec sleep 30',
    ],
  ])('reports "%s"', async (reason, body) => {
    expect(await probeKvm(fakeEmulator(body))).toEqual({ works: false, reason });
    expect(isRunning()).toBe(false);
  });

  it('kills a guest that hangs, and names its last stage', async () => {
    const verdict = await probeKvm(fakeEmulator('printf 12; exec sleep 30'), { timeoutMs: 300 });
    expect(verdict).toEqual({
      works: false,
      reason: 'the probe guest hung for 300 ms after it entered protected mode',
    });
    expect(isRunning()).toBe(false);
  });

  it("kills its qemu and passes the signal's reason on", async () => {
    const controller = new AbortController();
    const probing = probeKvm(fakeEmulator('exec sleep 30'), { signal: controller.signal });
    while (readPid() === 0) await new Promise(resolve => setImmediate(resolve));
    controller.abort(new Error('stopping'));
    await expect(probing).rejects.toThrow('stopping');
    expect(isRunning()).toBe(false);
  });

  it('has a verdict where there is no emulator, or one of another architecture', async () => {
    const missing = await probeKvm(join(folder, 'qemu-system-x86_64'));
    expect(missing).toMatchObject({
      works: false,
      reason: expect.stringContaining('No such file or directory'),
    });
    const arm = await probeKvm(fakeEmulator('exit 85', 'qemu-system-aarch64'));
    expect(arm).toMatchObject({ works: false, reason: expect.stringContaining('only for x86') });
  });
});

describe('buildKvmProbeImage()', () => {
  it('is firmware: 64 KiB that end in a jump to its start', () => {
    const image = buildKvmProbeImage();
    expect(image).toHaveLength(65_536);
    expect(image.subarray(0xfff0, 0xfff5).toString('hex')).toBe('ea000000f0');
  });
});
