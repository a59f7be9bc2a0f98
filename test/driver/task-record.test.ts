import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseTaskRecord, renderTaskRecord, type TaskRecord } from '../../driver/task-record.ts';
import { buildVmFiles } from '../../qemu/vm-files.ts';

const record: TaskRecord = {
  version: 1,
  owner: 'vm',
  taskId: 'alloc/vm/1',
  allocId: 'alloc',
  taskName: 'vm',
  allocDir: '/alloc',
  hasLog: true,
  identity: 'default/job/group/vm/0',
  macAddresses: ['52:54:00:00:00:01'],
  files: buildVmFiles({ stateRoot: '/state', runRoot: '/run' }, 'vm-1'),
  isGraceful: true,
  hasGuestAgent: true,
  onGuestPoweroff: 'exit',
  stage: { tag: 'starting' },
};

describe('parseTaskRecord()', () => {
  it('reads what was written', () => {
    expect(parseTaskRecord(renderTaskRecord(record))).toEqual(record);
  });

  it('completes a record of the first plugin of this version', () => {
    const text = readFileSync(join(import.meta.dirname, '../fixtures/records/running-v1.json'), 'utf8');
    const earlier = parseTaskRecord(text);
    expect(earlier).toMatchObject({ hasLog: true, onGuestPoweroff: 'exit', isGraceful: true });
    expect(earlier.stage).toMatchObject({ tag: 'running', phase: { tag: 'on' }, qemu: { pid: 4242 } });
    expect(earlier.files.shutdownTrace).toBe(join(earlier.files.stateDir, 'shutdown.trace'));
    expect(parseTaskRecord(renderTaskRecord(earlier))).toEqual(earlier);
  });

  it('refuses a record of a newer plugin by its version', () => {
    expect(() => parseTaskRecord(JSON.stringify({ ...record, version: 2 }))).toThrow('version 2');
  });

  it('refuses anything else, naming what is missing', () => {
    expect(() => parseTaskRecord('{"version":1}')).toThrow('owner');
    expect(() => parseTaskRecord('[]')).toThrow(SyntaxError);
    expect(() => parseTaskRecord('')).toThrow(SyntaxError);
  });
});
