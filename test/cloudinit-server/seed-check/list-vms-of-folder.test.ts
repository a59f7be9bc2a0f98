import { describe, expect, it } from 'vitest';
import { listVmsOfFolder } from '../../../cloudinit-server/seed-check/list-vms-of-folder.ts';
import { createServerState } from '../../../cloudinit-server/state/state.ts';
import { addRegisteredVm } from '../state/registered-vm.ts';

describe('listVmsOfFolder()', () => {
  it.each([
    ['lab/vm1', ['lab/vm1', 'default/a']],
    ['lab', ['lab']],
    ['lab/_default', ['lab/vm1', 'default/a']],
    ['_default', ['lab/vm1', 'lab', 'alice', 'default/a', 'default/none']],
    ['nobody', []],
  ])('knows who gets the files of %s', (path, names) => {
    using state = createServerState(undefined);
    for (const seed of ['lab/vm1', 'lab', 'alice']) state.vms.ensure(`seed:${seed}`, 1);
    addRegisteredVm(state, { identity: 'default/a', seedPath: 'lab/vm1' });
    addRegisteredVm(state, { identity: 'default/none', seedPath: undefined });
    addRegisteredVm(state, { identity: 'default/gone', seedPath: 'alice' }, { goneAt: 2 });
    expect(listVmsOfFolder(state, path)).toEqual(names);
  });
});
