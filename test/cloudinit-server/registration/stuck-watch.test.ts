import { setImmediate as letOthersRun } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Boot } from '../../../cloudinit-server/boot/boot.ts';
import { createEventFeed } from '../../../cloudinit-server/registration/event-feed.ts';
import { findNeverAsked } from '../../../cloudinit-server/registration/judge-progress.ts';
import { StuckWatch } from '../../../cloudinit-server/registration/stuck-watch.ts';
import type { RegisteredVm } from '../../../cloudinit-server/state/registration-table.ts';
import { createServerState, type ServerState } from '../../../cloudinit-server/state/state.ts';
import { createRecordingLog } from '../fakes/recording-log.ts';
import { addRegisteredVm } from '../state/registered-vm.ts';

const BEGAN = 1_000_000;
const JUST_NOW = { registeredAt: BEGAN };

/** No test has more VMs. */
const MAX_TURNS = 20;

/** A watch whose time is the test's. */
function prepare() {
  const state = createServerState(undefined);
  const clock = { now: BEGAN };
  let timer: (() => void) | undefined;
  const startTimer = (callback: () => void) => {
    timer = callback;
    return () => {
      timer = undefined;
    };
  };
  const parts = { state, feed: createEventFeed(state.events), log: createRecordingLog(), startTimer };
  return {
    state,
    open: () => new StuckWatch({ ...parts, now: () => clock.now }),
    hasTimer: () => timer !== undefined,
    /** Lets the timer go off at this time. */
    lookAt: async (at: number) => {
      clock.now = at;
      const callback = timer;
      timer = undefined;
      callback?.();
      // It lets others run between two VMs where it is slow.
      for (let turn = 0; turn < MAX_TURNS; turn += 1) await letOthersRun();
    },
  };
}

function listTold(state: ServerState) {
  return state.events
    .list('node-1', 0, 99)
    .map(event => (event.kind === 'stuck' ? event.reason : event.kind));
}

/** It asks for its meta-data. */
function see(state: ServerState, { vm }: RegisteredVm, at: number): Boot {
  const before = state.boots.newest(vm.id);
  const facts = { address: '10.0.0.1', status: 200, bytes: 1, userAgent: 'Cloud-Init/22.4.2' };
  const seen = { kind: 'file', file: 'meta-data', at, asksForReports: true, ...facts } as const;
  return state.boots.add(vm.id, before, seen).boot;
}

describe('StuckWatch', () => {
  it('tells once of a VM that never asks for its seed, after its time', async () => {
    const { state, open, lookAt, hasTimer } = prepare();
    using watch = open();
    expect(hasTimer()).toBe(false);
    watch.watch(addRegisteredVm(state, {}, JUST_NOW).vm, undefined);
    await lookAt(BEGAN + 179_000);
    expect(listTold(state)).toEqual([]);
    expect(hasTimer()).toBe(true);
    await lookAt(BEGAN + 181_000);
    expect(listTold(state)).toEqual([
      expect.stringMatching(/^nothing was heard of it for 181 s since it was registered.*10\.77\.0\.1:8000/),
    ]);
    // Nothing boots any more.
    expect(hasTimer()).toBe(false);
  });

  it('doubts the name of a server that a VM never asks', () => {
    using state = createServerState(undefined);
    const tell = (guestUrl: string) =>
      findNeverAsked(addRegisteredVm(state, { guestUrl }, JUST_NOW), BEGAN + 999_000)?.text;
    expect(tell('http://seeds.service.consul:8000')).toContain(
      'its DNS server may not know "seeds.service.consul"; an address is surer',
    );
    for (const url of ['http://10.77.0.1:8000', 'http://[fd00::1]:8000/x'])
      expect(tell(url)).not.toContain('DNS');
  });

  it('tells of a boot that stands still, and again when it went on and stands still', async () => {
    const { state, open, lookAt } = prepare();
    using watch = open();
    const registered = addRegisteredVm(state, {}, JUST_NOW);
    watch.watch(registered.vm, see(state, registered, BEGAN + 1_000));
    await lookAt(BEGAN + 40_000);
    expect(listTold(state)).toEqual([expect.stringContaining('"meta-data"')]);
    watch.watch(registered.vm, see(state, registered, BEGAN + 50_000));
    await lookAt(BEGAN + 60_000);
    expect(listTold(state)).toHaveLength(1);
    await lookAt(BEGAN + 90_000);
    expect(listTold(state)).toHaveLength(2);
  });

  it('goes on watching after a restart, and tells nothing twice', async () => {
    const { state, open, lookAt, hasTimer } = prepare();
    const registered = addRegisteredVm(state, {}, JUST_NOW);
    see(state, registered, BEGAN + 1_000);
    for (let start = 0; start < 3; start += 1) {
      using watch = open();
      watch.resume();
      expect(hasTimer()).toBe(true);
      await lookAt(BEGAN + 40_000);
      expect(watch.isIdle).toBe(true);
      expect(listTold(state)).toHaveLength(1);
    }
    await lookAt(BEGAN + 3 * 3600_000);
    using later = open();
    later.resume();
    expect(later.isIdle).toBe(true);
  });

  it('leaves VMs alone that are gone, on a disk, or forgotten', async () => {
    const { state, open, lookAt } = prepare();
    using watch = open();
    const gone = addRegisteredVm(state, { identity: 'default/a' }, { ...JUST_NOW, goneAt: BEGAN });
    const disk = addRegisteredVm(state, { identity: 'default/b', delivery: 'disk' }, JUST_NOW);
    const forgotten = addRegisteredVm(state, { identity: 'default/c' }, JUST_NOW);
    state.vms.forget(forgotten.vm);
    for (const { vm } of [gone, disk, forgotten]) watch.watch(vm, undefined);
    await lookAt(BEGAN + 3600_000);
    expect(watch.isIdle).toBe(true);
    expect(listTold(state)).toEqual([]);
  });

  it('tells of a boot loop once an hour', async () => {
    const { state, open, lookAt } = prepare();
    using watch = open();
    const registered = addRegisteredVm(state, {}, JUST_NOW);
    for (let boot = 0; boot < 6; boot += 1) {
      const at = BEGAN + boot * 60_000;
      watch.watch(registered.vm, see(state, registered, at));
      await lookAt(at + 1_000);
    }
    expect(listTold(state)).toEqual([expect.stringContaining('boots in a row')]);
  });

  it('looks at nothing any more when it is disposed of', () => {
    const { state, open, hasTimer } = prepare();
    const watch = open();
    const { vm } = addRegisteredVm(state, {}, JUST_NOW);
    watch.watch(vm, undefined);
    watch[Symbol.dispose]();
    watch.watch(vm, undefined);
    expect(hasTimer()).toBe(false);
  });
});
