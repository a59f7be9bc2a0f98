import { describe, expect, it } from 'vitest';
import { createBumpTable } from '../../../cloudinit-server/state/bump-table.ts';
import { openState } from '../../../cloudinit-server/state/open-state.ts';
import { createServerState } from '../../../cloudinit-server/state/state.ts';
import { addRegisteredVm } from './registered-vm.ts';

describe('a bump', () => {
  it('is undone with what goes with it', () => {
    using state = createServerState(undefined);
    const registered = addRegisteredVm(state);
    const work = () =>
      state.bumps.add(registered.vm.key, () => {
        state.registrations.save({ ...registered, sealedAt: 1 });
        throw new Error('the disk is full');
      });
    expect(work).toThrow('the disk is full');
    expect(state.registrations.find(registered.vm.id)).toEqual(registered);
  });
});

describe('a bump that cannot be put on record', () => {
  it.each([
    ['with the commit', 'commit'],
    ['with what goes with it', 'work'],
  ])('does not count when it fails %s', (_case, failing) => {
    using database = openState(undefined);
    const bumps = createBumpTable(database);
    bumps.add('seed:alice');
    const fail = () => {
      throw new Error('the disk is full');
    };
    const exec = database.exec.bind(database);
    database.exec = text => (text === failing ? fail() : exec(text));
    expect(() => bumps.add('seed:alice', failing === 'work' ? fail : undefined)).toThrow('the disk is full');
    database.exec = exec;
    expect(bumps.find('seed:alice')).toBe(1);
    expect(createBumpTable(database).find('seed:alice')).toBe(1);
  });
});
