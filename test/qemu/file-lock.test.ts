import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isLocked } from '../../qemu/file-lock.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'file-lock-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('isLocked()', () => {
  it('knows a file by its inode, as the kernel lists locks', () => {
    const path = join(dir, 'disk');
    writeFileSync(path, '');
    const { ino } = statSync(path);
    expect(isLocked(path, `1: OFDLCK ADVISORY  READ -1 fd:01:${ino} 100 101\n`)).toBe(true);
    expect(isLocked(path, `1: POSIX  ADVISORY  WRITE 17 fd:01:1${ino} 0 EOF\n`)).toBe(false);
    expect(isLocked(path)).toBe(false);
  });
});
