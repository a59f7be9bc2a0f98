import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { explainWriteFailure } from '../../../driver/start/write-failure.ts';
import { buildVmFiles } from '../../../qemu/vm-files.ts';

const files = buildVmFiles({ stateRoot: '/state', runRoot: '/run' }, 'vm-1');
const record = { files, diskPath: '/alloc/vm/local/vm-disk.qcow2' };

function thrownBy(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('explainWriteFailure()', () => {
  it('names all places of the VM where the system names none', () => {
    const error = thrownBy(() => writeFileSync('/dev/full', 'x'));
    expect(explainWriteFailure(error, record)).toMatchObject({
      code: 'node-unfit',
      message:
        'Cannot start the VM: cannot write to "/state/vm-1" or "/run/vm-1" or "/alloc/vm/local": no space is left; make room, "df -h" and "df -i" tell where it is wanting',
      cause: error,
    });
  });

  it.each([
    ['ENOSPC', 'no space is left; make room'],
    ['EDQUOT', 'the quota is used up; raise it'],
    ['EROFS', 'the file system is read-only; mount it'],
  ])('says of %s what to do, and where the system has told it', (code, words) => {
    const error = Object.assign(new Error(code), { code, path: '/state/vm-1/record.json.new' });
    expect(explainWriteFailure(error, { files })).toMatchObject({
      code: 'node-unfit',
      message: expect.stringContaining(`cannot write to "/state/vm-1/record.json.new": ${words}`),
    });
  });

  it('leaves every other error as it is', () => {
    const folder = mkdtempSync(join(tmpdir(), 'write-failure-'));
    const error = thrownBy(() => readFileSync(join(folder, 'absent')));
    rmSync(folder, { recursive: true });
    expect(explainWriteFailure(error, record)).toBe(error);
    expect(explainWriteFailure('text', record)).toBe('text');
  });
});
