import { describe, expect, it } from 'vitest';
import { createServerState } from '../../../cloudinit-server/state/state.ts';
import { addRegisteredVm } from './registered-vm.ts';

describe('createRegistrationTable()', () => {
  it('gives back what was saved, by VM and by the token of its seed', () => {
    using state = createServerState(undefined);
    const registered = addRegisteredVm(state, {}, { goneAt: 5, sealedAt: 6 });
    const last = { at: 7, address: '10.0.0.9', macAddress: undefined };
    const refused = { ...registered, refusals: { count: 2, last } };
    state.registrations.save(refused);
    expect(state.registrations.find(registered.vm.id)).toEqual(refused);
    expect(state.registrations.findBySeedToken(registered.seedToken)).toEqual(refused);
    expect(state.registrations.findBySeedToken('another')).toBeUndefined();
    expect(state.registrations.findBySeedToken(registered.vm.token)).toBeUndefined();
  });

  it('keeps files until others come', () => {
    using state = createServerState(undefined);
    const registered = addRegisteredVm(state);
    const { registrations } = state;
    registrations.save(registered, { 'user-data': 'ä', 'vendor-data': '' });
    registrations.save({ ...registered, sealedAt: 1 });
    expect(registrations.readFile(registered.vm.id, 'user-data')).toEqual(Buffer.from('ä'));
    expect(registrations.readFile(registered.vm.id, 'vendor-data')).toEqual(Buffer.alloc(0));
    expect(registrations.readFile(registered.vm.id, 'meta-data')).toBeUndefined();
    registrations.save(registered, { 'meta-data': 'm' });
    expect(registrations.readFile(registered.vm.id, 'user-data')).toBeUndefined();
    expect(registrations.readFile(registered.vm.id, 'meta-data')).toEqual(Buffer.from('m'));
  });

  it('lists by seed, by time, and those that are gone', () => {
    using state = createServerState(undefined);
    const first = addRegisteredVm(state, { identity: 'default/a' }, { registeredAt: 10 });
    const second = addRegisteredVm(state, { identity: 'default/b' }, { registeredAt: 20 });
    const gone = addRegisteredVm(state, { identity: 'default/c' }, { registeredAt: 30, goneAt: 40 });
    addRegisteredVm(state, { identity: 'default/d', seedPath: undefined });
    const { registrations } = state;
    expect(registrations.listBySeed('alice')).toEqual([first, second]);
    expect(registrations.listSince(20)).toEqual([second]);
    expect(registrations.listGone(41)).toEqual([gone]);
    expect(registrations.listGone(40)).toEqual([]);
  });

  it('forgets a VM with all that is on record of it', () => {
    using state = createServerState(undefined);
    const { vm, facts, seedToken } = addRegisteredVm(state);
    state.registrations.save(addRegisteredVm(state), { 'user-data': 'u' });
    state.driverReports.save(vm.id, { allocId: facts.allocId, at: 1, consoleTail: 'login:' });
    const event = { vmId: vm.id, node: facts.node, allocId: facts.allocId, at: 1 };
    state.events.add({ ...event, body: { kind: 'host-keys-changed' } });
    state.vms.forget(vm);
    expect(state.vms.find(vm.key)).toBeUndefined();
    expect(state.vms.findByToken(vm.token)).toBeUndefined();
    expect(state.registrations.findBySeedToken(seedToken)).toBeUndefined();
    expect(state.registrations.readFile(vm.id, 'user-data')).toBeUndefined();
    expect(state.driverReports.find(vm.id)).toBeUndefined();
    expect(state.events.list(facts.node, 0, 9)).toEqual([]);
  });
});
