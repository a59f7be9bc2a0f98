import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Node } from '../../driver/node.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'node-test-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** An emulator that counts its starts and writes down its environment. */
function fakeEmulator(version: string): string {
  const path = join(folder, 'qemu-system-x86_64');
  const body = `echo "$*" >>${folder}/starts; env >${folder}/environment`;
  const script = `#!/bin/sh\n${body}\ncase $1 in --version) echo "QEMU emulator version ${version}";; -accel) exit 85;; esac\n`;
  writeFileSync(path, script, { mode: 0o755 });
  utimesSync(path, new Date(), new Date(Number(version.split('.')[0]) * 1_000_000));
  return path;
}

function starts(): readonly string[] {
  return readFileSync(join(folder, 'starts'), 'utf8').trim().split('\n');
}

describe('Node', () => {
  it('runs an emulator once, and again after an upgrade', async () => {
    const node = new Node();
    const path = fakeEmulator('7.2.0');
    expect(await Promise.all([node.emulator(path), node.emulator(path)])).toMatchObject([
      { works: true, version: '7.2.0' },
      { works: true, version: '7.2.0' },
    ]);
    expect(starts()).toHaveLength(2);
    fakeEmulator('8.0.0');
    expect(await node.emulator(path)).toMatchObject({ version: '8.0.0' });
    expect(starts()).toHaveLength(4);
  });

  it('probes KVM once', async () => {
    const node = new Node();
    const path = fakeEmulator('7.2.0');
    expect(await Promise.all([node.kvm(path), node.kvm(path)])).toEqual([{ works: true }, { works: true }]);
    expect(starts()).toHaveLength(1);
  });

  it('asks again where an emulator did not run', async () => {
    const node = new Node();
    const path = join(folder, 'qemu-system-x86_64');
    expect(await node.emulator(path)).toMatchObject({
      works: false,
      reason: expect.stringContaining('ENOENT'),
    });
    fakeEmulator('7.2.0');
    expect(await node.emulator(path)).toMatchObject({ works: true });
  });

  it("keeps the plugin's environment from what it starts", async () => {
    process.env['NODE_TEST_SECRET'] = 'secret';
    try {
      const node = new Node();
      const path = fakeEmulator('7.2.0');
      await node.kvm(path);
      expect(readFileSync(join(folder, 'environment'), 'utf8')).not.toContain('secret');
      await node.emulator(path);
      expect(readFileSync(join(folder, 'environment'), 'utf8')).not.toContain('secret');
    } finally {
      delete process.env['NODE_TEST_SECRET'];
    }
  });
});
