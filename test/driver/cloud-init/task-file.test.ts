import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTaskFile } from '../../../driver/cloud-init/task-file.ts';

let root: string;
let task: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'task-file-test-'));
  task = join(root, 'alloc/vm');
  mkdirSync(join(task, 'local'), { recursive: true });
  writeFileSync(join(root, 'secret'), 'of the node');
  writeFileSync(join(task, 'local/user-data'), '#cloud-config\n');
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

async function reasonOf(path: string): Promise<string> {
  const file = await readTaskFile(task, path, 100);
  return file.kind === 'refused' ? file.reason : `read: ${file.text}`;
}

describe('readTaskFile()', () => {
  it('reads a text below the folder of the task, by links too', async () => {
    symlinkSync('user-data', join(task, 'local/link'));
    // Nomad's own data folder may be a link.
    symlinkSync(join(root, 'alloc'), join(root, 'data'));
    for (const path of [
      'local/user-data',
      './local/../local/user-data',
      'local/link',
      join(task, 'local/user-data'),
    ])
      expect(await readTaskFile(task, path, 100)).toEqual({ kind: 'text', text: '#cloud-config\n' });
    expect(await readTaskFile(join(root, 'data/vm'), 'local/link', 100)).toMatchObject({ kind: 'text' });
  });

  it('keeps every byte of a text', async () => {
    writeFileSync(join(task, 'local/bom'), '\ufeffä\r\n');
    expect(await readTaskFile(task, 'local/bom', 100)).toEqual({ kind: 'text', text: '\ufeffä\r\n' });
  });

  it('reads nothing outside, whatever leads there', async () => {
    symlinkSync(join(root, 'secret'), join(task, 'local/out'));
    symlinkSync('../../..', join(task, 'local/up'));
    symlinkSync('/', join(task, 'local/root'));
    const paths = [
      '../../secret',
      join(root, 'secret'),
      'local/out',
      'local/up/secret',
      'local/root/etc/passwd',
      '..',
    ];
    for (const path of paths) expect(await reasonOf(path), path).toContain("leads out of the task's folder");
    mkdirSync(join(root, 'alloc/vm2'));
    writeFileSync(join(root, 'alloc/vm2/x'), '');
    expect(await reasonOf('../vm2/x')).toContain("leads out of the task's folder");
  });

  it('says what is missing', async () => {
    for (const path of ['local/none', 'none/user-data', 'local/user-data/below'])
      expect(await reasonOf(path), path).toContain("does not exist in the task's folder");
  });

  it('waits for no FIFO and reads no folder', async () => {
    execFileSync('mkfifo', [join(task, 'local/fifo')]);
    expect(await reasonOf('local/fifo')).toContain('is no regular file');
    expect(await reasonOf('local')).toContain('is no regular file');
  });

  it('refuses what is too large or no text', async () => {
    writeFileSync(join(task, 'local/large'), 'x'.repeat(101));
    expect(await reasonOf('local/large')).toContain('has 101 bytes, but at most 100 are possible');
    writeFileSync(join(task, 'local/gzip'), Buffer.from([0x1f, 0x8b, 0x08, 0x00]));
    expect(await reasonOf('local/gzip')).toContain('is no text in UTF-8');
  });
});
