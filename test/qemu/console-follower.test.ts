import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConsoleFollower } from '../../qemu/console-follower.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'console-'));
  path = join(folder, 'console.log');
  writeFileSync(path, '');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const row = (address: string) =>
  `ci-info: | ens3 | True | ${address} | 255.0.0.0 | global | 52:54:00:00:00:01 |\n`;

describe('ConsoleFollower', () => {
  it('reads on from where it was', () => {
    const follower = new ConsoleFollower(path);
    appendFileSync(path, row('10.0.0.1').slice(0, 20));
    expect(follower.look()).toEqual([]);
    appendFileSync(path, row('10.0.0.1').slice(20));
    expect(follower.look().map(({ address }) => address)).toEqual(['10.0.0.1']);
    expect(follower.look()).toHaveLength(1);
    expect(follower.offset).toBe(row('10.0.0.1').length);
  });

  it('reads no more than 256 KiB at a look, the last ones', () => {
    const follower = new ConsoleFollower(path);
    appendFileSync(path, `${row('10.0.0.1')}${'x'.repeat(300 * 1024)}\n${row('10.0.0.2')}`);
    expect(follower.look().map(({ address }) => address)).toEqual(['10.0.0.2']);
  });

  it('forgets what came before a reboot', () => {
    const follower = new ConsoleFollower(path);
    appendFileSync(path, row('10.0.0.1'));
    follower.restart();
    expect(follower.look()).toEqual([]);
  });

  it('starts anew with a file that has shrunk, and makes nothing of one that is gone', () => {
    const follower = new ConsoleFollower(path, 1_000);
    appendFileSync(path, row('10.0.0.1'));
    expect(follower.look()).toHaveLength(1);
    rmSync(path);
    expect(follower.look()).toHaveLength(1);
  });
});
