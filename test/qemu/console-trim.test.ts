import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConsoleCopier } from '../../qemu/console-copier.ts';
import { planTrim, trimConsole } from '../../qemu/console-trim.ts';

const MIB = 1024 * 1024;
let dir: string;
let console: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nomad-driver-vm-trim-'));
  console = join(dir, 'console.log');
  writeFileSync(console, Buffer.alloc(20 * MIB, 'x'));
});

afterEach(() => rmSync(dir, { recursive: true }));

const allocatedBytes = () => statSync(console).blocks * 512;

describe('trimConsole()', () => {
  it('gives back what was copied, and keeps size and end as they are', async () => {
    const out = openSync(join(dir, 'copy'), 'w');
    const tail = spawn('tail', ['-c', '+1', '-f', `--pid=${process.pid}`, console], {
      stdio: ['ignore', out, 'ignore'],
    });
    await vi.waitFor(() => expect(statSync(join(dir, 'copy')).size).toBe(20 * MIB), 5_000);
    await trimConsole({ console }, new ConsoleCopier(console));
    tail.kill();
    await once(tail, 'exit');
    closeSync(out);
    expect(statSync(console).size).toBe(20 * MIB);
    expect(allocatedBytes()).toBeLessThan(MIB);
    expect(readFileSync(console).subarray(-64 * 1024)).toEqual(Buffer.alloc(64 * 1024, 'x'));
  });

  it('touches nothing that nobody has copied yet', async () => {
    await trimConsole({ console }, new ConsoleCopier(console));
    expect(allocatedBytes()).toBeGreaterThanOrEqual(20 * MIB);
  });

  it('keeps only the end of a console that nothing copies', async () => {
    await trimConsole({ console }, undefined);
    expect(allocatedBytes()).toBeLessThan(MIB);
  });

  it('leaves a small console alone', async () => {
    writeFileSync(console, Buffer.alloc(MIB, 'x'));
    await trimConsole({ console }, undefined);
    expect(allocatedBytes()).toBeGreaterThanOrEqual(MIB);
  });
});

describe('planTrim()', () => {
  it('gives up whole blocks and keeps the last 64 KiB', () => {
    expect(planTrim(1024)).toBe(0);
    expect(planTrim(64 * 1024 + 4096 + 10)).toBe(4096);
  });
});
