import { describe, expect, it } from 'vitest';
import { MAX_EVENTS_OF_VM } from '../../../cloudinit-server/state/event-table.ts';
import { createServerState, type ServerState } from '../../../cloudinit-server/state/state.ts';
import { addRegisteredVm } from './registered-vm.ts';

describe('createEventTable()', () => {
  it('lists the events of a node after a cursor, with the identity of the VM', () => {
    using state = createServerState(undefined);
    const add = prepare(state, 'default/a%2Fb/vm/vm/0');
    expect(state.events.lastCursor()).toBe(0);
    add('node-1', 1_000);
    add('node-2', 2_000);
    add('node-1', 3_000);
    expect(state.events.list('node-1', 0, 9)).toEqual([
      {
        cursor: 1,
        at: '1970-01-01T00:00:01.000Z',
        identity: 'default/a%2Fb/vm/vm/0',
        alloc_id: 'a',
        kind: 'ready',
        took_s: 1,
      },
      expect.objectContaining({ cursor: 3 }),
    ]);
    expect(state.events.list('node-1', 1, 9)).toMatchObject([{ cursor: 3 }]);
    expect(state.events.list('node-1', 0, 1)).toMatchObject([{ cursor: 1 }]);
    expect(state.events.lastCursor()).toBe(3);
  });

  it('keeps the newest of each VM and gives no cursor twice', () => {
    using state = createServerState(undefined);
    const quiet = prepare(state, 'default/quiet');
    const loud = prepare(state, 'default/loud');
    quiet('node-1', 1);
    for (let at = 1; at <= MAX_EVENTS_OF_VM + 5; at += 1) loud('node-1', at);
    const events = state.events.list('node-1', 0, 100);
    expect(events).toHaveLength(1 + MAX_EVENTS_OF_VM);
    expect(events[0]).toMatchObject({ identity: 'default/quiet', cursor: 1 });
    const last = state.events.lastCursor();
    for (const identity of ['default/quiet', 'default/loud']) {
      const vm = state.vms.find(`vm:${identity}`);
      if (vm !== undefined) state.vms.forget(vm);
    }
    expect(state.events.lastCursor()).toBe(last);
  });

  it('knows whether something was told since', () => {
    using state = createServerState(undefined);
    prepare(state, 'default/a')('node-1', 10);
    const { id } = state.vms.ensure('vm:default/a', 1);
    expect(state.events.hasSince(id, 'ready', 10)).toBe(true);
    expect(state.events.hasSince(id, 'ready', 11)).toBe(false);
    expect(state.events.hasSince(id, 'stuck', 10)).toBe(false);
  });
});

function prepare(state: ServerState, identity: string) {
  const { vm } = addRegisteredVm(state, { identity });
  return (node: string, at: number) =>
    state.events.add({ vmId: vm.id, node, allocId: 'a', at, body: { kind: 'ready', took_s: 1 } });
}
