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
  stage: { tag: 'starting' },
};

describe('parseTaskRecord()', () => {
  it('reads what was written', () => {
    expect(parseTaskRecord(renderTaskRecord(record))).toEqual(record);
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
