import { describe, expect, it } from 'vitest';
import { streamSummaries } from '../../../cloudinit-server/admin/stream-summaries.ts';
import { createVmOverview } from '../../../cloudinit-server/admin/vm-overview.ts';
import { createServerMetrics } from '../../../cloudinit-server/metrics/server-metrics.ts';
import { Observer } from '../../../cloudinit-server/observe/observer.ts';
import { createServerState } from '../../../cloudinit-server/state/state.ts';
import { observeRecordedBoot } from '../boot/recorded-boot.ts';
import { createRecordingLog } from '../fakes/recording-log.ts';
import { addRegisteredVm, FACTS } from '../state/registered-vm.ts';

const boot = observeRecordedBoot('trixie-25.1.4');
const [first] = boot;
if (first === undefined) throw new Error('nothing recorded');
const { at: beganAt } = first;
const KEY = { algorithm: 'ssh-ed25519', key: 'told' };

/** An overview of an empty state, on a clock of the test's own. */
function openOverview() {
  const state = createServerState(undefined);
  const clock = { now: beganAt };
  const read = { registrations: 0 };
  const observer = new Observer({
    isObserving: true,
    state,
    log: createRecordingLog(),
    audit: { record: () => undefined },
    metrics: createServerMetrics(),
    now: () => clock.now,
  });
  const registrations: typeof state.registrations = {
    ...state.registrations,
    find: vmId => {
      read.registrations += 1;
      return state.registrations.find(vmId);
    },
  };
  const stop = new AbortController();
  const options = { observer, state: { ...state, registrations }, now: () => clock.now };
  return {
    ...{ state, observer, clock, read, overview: createVmOverview(options, stop.signal) },
    [Symbol.dispose]: () => {
      stop.abort();
      state[Symbol.dispose]();
    },
  };
}

describe('createVmOverview()', () => {
  it('reads a VM once, and again when it has changed', async () => {
    using open = openOverview();
    const { state, observer, overview, read } = open;
    const { vm } = addRegisteredVm(state);
    for (const seen of boot) await observer.record(vm, seen);
    expect(await overview.list()).toMatchObject([{ name: FACTS.identity, state: 'ready' }]);
    const once = read.registrations;
    expect(await overview.list()).toHaveLength(1);
    expect(read.registrations).toBe(once);
    await observer.record(vm, { ...first, at: beganAt + 600_000 });
    expect(await overview.list()).toMatchObject([{ state: 'booting' }]);
    expect(read.registrations).toBe(once + 1);
  });

  it('judges by the time what time changes', async () => {
    using open = openOverview();
    const { observer, overview, clock } = open;
    await observer.record(observer.ensureVm('seed:a'), first);
    expect(await overview.list()).toMatchObject([{ state: 'booting', findings: [] }]);
    clock.now += 40_000;
    expect(await overview.list()).toMatchObject([
      { state: 'stuck', findings: [{ text: expect.stringContaining('40 s') }] },
    ]);
  });

  it('has those that are new in their place, and none that is forgotten', async () => {
    using open = openOverview();
    const { state, observer, overview } = open;
    const names = async () => (await overview.list()).map(({ name }) => name);
    for (const key of ['seed:a', 'vm:not/complete', 'seed:c']) observer.ensureVm(key);
    expect(await names()).toEqual(['a', 'c']);
    observer.ensureVm('seed:b');
    const a = observer.ensureVm('seed:a');
    state.vms.forget(a);
    observer.forget(a);
    expect(await names()).toEqual(['b', 'c']);
    addRegisteredVm(state, { identity: 'bb' });
    expect(await names()).toEqual(['b', 'bb', 'c']);
  });

  it('has one that was forgotten and has come back, as what it is now', async () => {
    using open = openOverview();
    const { state, observer, overview } = open;
    const forget = (key: string) => {
      const vm = observer.ensureVm(key);
      state.vms.forget(vm);
      observer.forget(vm);
    };
    for (const key of ['vm:a', 'vm:b']) addRegisteredVm(state, { identity: key.slice(3) });
    expect(await overview.list()).toMatchObject([{ name: 'a' }, { name: 'b' }]);
    // Ids may be given again.
    for (const key of ['vm:a', 'vm:b']) forget(key);
    for (const identity of ['b', 'a']) addRegisteredVm(state, { identity, node: `node-of-${identity}` });
    expect(await overview.list()).toMatchObject([
      { name: 'a', registration: { node: 'node-of-a' } },
      { name: 'b', registration: { node: 'node-of-b' } },
    ]);
  });

  it('tells host keys that a console contradicts', async () => {
    using open = openOverview();
    const { state, observer, overview } = open;
    const { vm } = addRegisteredVm(state);
    for (const seen of boot) await observer.record(vm, seen);
    state.hostKeys.replace(vm.id, [KEY], { address: '10.0.0.1', at: beganAt });
    const report = (key: string) => {
      const hostKeys = [{ ...KEY, key, seenAt: 1 }];
      state.driverReports.save(vm.id, { allocId: FACTS.allocId, at: 1, consoleTail: '"', hostKeys });
      observer.announce(vm);
    };
    report('told');
    expect(await overview.list()).toMatchObject([{ state: 'ready', findings: [] }]);
    report('printed');
    expect(await overview.list()).toMatchObject([
      { state: 'ready', findings: [{ code: 'host-keys-differ' }] },
    ]);
  });

  it('lets others run while it reads thousands', async () => {
    using open = openOverview();
    const { observer, overview } = open;
    for (let index = 0; index < 5_000; index += 1) observer.ensureVm(`seed:vm${index}`);
    let turns = 0;
    let isDone = false;
    const takeTurn = () => {
      turns += 1;
      if (!isDone) setImmediate(takeTurn);
    };
    setImmediate(takeTurn);
    expect(await overview.list()).toHaveLength(5_000);
    isDone = true;
    expect(turns).toBeGreaterThan(5);
  });
});

describe('streamSummaries()', () => {
  it.each([0, 1, 51, 120])('writes %d VMs as one JSON text', async count => {
    using open = openOverview();
    for (let index = 0; index < count; index += 1) open.observer.ensureVm(`seed:vm${index}`);
    const vms = await open.overview.list();
    const text = (await Array.fromAsync(streamSummaries(vms))).join('');
    expect(JSON.parse(text)).toEqual({ vms });
  });
});
