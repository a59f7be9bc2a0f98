import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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
    const tail = spawn('tail', ['-c', '+1', '-f', console], { stdio: ['ignore', out, 'ignore'] });
    await vi.waitFor(() => expect(statSync(join(dir, 'copy')).size).toBe(20 * MIB), 5_000);
    await trimConsole({ console }, true);
    tail.kill();
    await once(tail, 'exit');
    closeSync(out);
    expect(statSync(console).size).toBe(20 * MIB);
    expect(allocatedBytes()).toBeLessThan(MIB);
    expect(readFileSync(console).subarray(-64 * 1024)).toEqual(Buffer.alloc(64 * 1024, 'x'));
  });

  it('touches nothing that nobody has copied yet', async () => {
    await trimConsole({ console }, true);
    expect(allocatedBytes()).toBeGreaterThanOrEqual(20 * MIB);
  });

  it('keeps only the end of a console that goes to no log', async () => {
    await trimConsole({ console }, false);
    expect(allocatedBytes()).toBeLessThan(MIB);
  });

  it('leaves a small console alone', async () => {
    writeFileSync(console, Buffer.alloc(MIB, 'x'));
    await trimConsole({ console }, false);
    expect(allocatedBytes()).toBeGreaterThanOrEqual(MIB);
  });
});

describe('planTrim()', () => {
  it('gives up whole blocks and keeps the last 64 KiB', () => {
    expect(planTrim(1024)).toBe(0);
    expect(planTrim(64 * 1024 + 4096 + 10)).toBe(4096);
  });
});
