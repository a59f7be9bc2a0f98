import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../cloudinit-server/boot/observation.ts';
import { createServerMetrics } from '../../../cloudinit-server/metrics/server-metrics.ts';
import { Observer } from '../../../cloudinit-server/observe/observer.ts';
import { createServerState, type ServerState } from '../../../cloudinit-server/state/state.ts';
import { createRecordingLog } from '../fakes/recording-log.ts';

const FETCHED: Observation = {
  kind: 'file',
  at: 0,
  address: '10.0.0.1',
  file: 'vendor-data',
  status: 200,
  bytes: 1,
  userAgent: 'Cloud-Init/22.4.2',
  asksForReports: true,
};

function createObserver(state: ServerState): Observer {
  return new Observer({
    isObserving: true,
    state,
    log: createRecordingLog(),
    audit: { record: () => undefined },
    metrics: createServerMetrics(),
    now: () => 0,
  });
}

describe('Observer.lastCloudInit()', () => {
  it('is what was last told, also after a boot that asked for nothing', async () => {
    using state = createServerState(undefined);
    const observer = createObserver(state);
    const vm = observer.ensureVm('seed:vm1');
    expect(observer.lastCloudInit(vm)).toBeUndefined();
    const started = { kind: 'event', address: '10.0.0.1', phase: 'start' } as const;
    await observer.record(vm, FETCHED);
    await observer.record(vm, {
      ...started,
      name: 'init-network/activate-datasource',
      at: 100,
      guestSeconds: 1,
    });
    await observer.record(vm, { ...started, name: 'init-network/config-ssh', at: 200, guestSeconds: 2 });
    // A reboot, of a guest that remembers its seed.
    await observer.record(vm, { ...started, name: 'init-network/config-ssh', at: 60_000, guestSeconds: 60 });
    expect(state.boots.list(vm.id).map(({ boot }) => boot.cloudInitVersion)).toEqual(['22.4.2', undefined]);
    expect(observer.lastCloudInit(vm)).toBe('22.4.2');
  });

  it('is looked up once for a VM that does not tell it any more', async () => {
    using state = createServerState(undefined);
    let lists = 0;
    const list: typeof state.boots.list = vmId => {
      lists += 1;
      return state.boots.list(vmId);
    };
    const observer = createObserver({ ...state, boots: { ...state.boots, list } });
    const vm = observer.ensureVm('seed:vm1');
    const reported = {
      kind: 'event',
      address: '10.0.0.1',
      phase: 'start',
      at: 0,
      name: 'init-local/x',
    } as const;
    await observer.record(vm, reported);
    expect([observer.lastCloudInit(vm), observer.lastCloudInit(vm), lists]).toEqual([
      undefined,
      undefined,
      1,
    ]);
    await observer.record(vm, { ...FETCHED, at: 60_000 });
    expect([observer.lastCloudInit(vm), lists]).toEqual(['22.4.2', 1]);
  });
});
