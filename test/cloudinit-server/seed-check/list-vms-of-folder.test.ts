import { describe, expect, it } from 'vitest';
import { listVmsOfFolder } from '../../../cloudinit-server/seed-check/list-vms-of-folder.ts';
import { createServerState } from '../../../cloudinit-server/state/state.ts';
import { addRegisteredVm } from '../state/registered-vm.ts';

describe('listVmsOfFolder()', () => {
  it.each([
    ['lab/vm1', ['seed:lab/vm1', 'vm:default/a']],
    ['lab', ['seed:lab']],
    ['lab/_default', ['seed:lab/vm1', 'vm:default/a']],
    ['_default', ['seed:lab/vm1', 'seed:lab', 'seed:alice', 'vm:default/a', 'vm:default/none']],
    ['nobody', []],
  ])('knows who gets the files of %s', (path, keys) => {
    using state = createServerState(undefined);
    for (const seed of ['lab/vm1', 'lab', 'alice']) state.vms.ensure(`seed:${seed}`, 1);
    addRegisteredVm(state, { identity: 'default/a', seedPath: 'lab/vm1' });
    addRegisteredVm(state, { identity: 'default/none', seedPath: undefined });
    addRegisteredVm(state, { identity: 'default/gone', seedPath: 'alice' }, { goneAt: 2 });
    expect(listVmsOfFolder(state, path)).toEqual(keys);
  });
});
