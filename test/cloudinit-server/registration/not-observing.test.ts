import { setImmediate as letOthersRun } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createServerMetrics } from '../../../cloudinit-server/metrics/server-metrics.ts';
import { openRegistration } from '../../../cloudinit-server/registration/open-registration.ts';
import { createServerState } from '../../../cloudinit-server/state/state.ts';
import { fakeNeighbours } from '../fakes/neighbours.ts';
import { createRecordingLog } from '../fakes/recording-log.ts';
import { createFixedSeedStore } from '../fakes/seed-stores.ts';
import { FACTS } from '../state/registered-vm.ts';
import { readReport, register, withServer } from './registering-server.ts';

const LONG_MS = 600_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** Registers a VM that is never heard of, and lets its time pass; what its driver is told. */
async function waitInVain(isObserving: boolean) {
  using state = createServerState(undefined);
  using registration = openRegistration({
    ...{ state, isObserving, store: createFixedSeedStore({}), audit: { record: () => undefined } },
    ...{ metrics: createServerMetrics(), log: createRecordingLog(), neighbours: fakeNeighbours(() => []) },
    ...{
      now: () => Date.now(),
      onChange: () => undefined,
      bindMac: 'off',
      seal: 'never',
      byPath: 'unregistered',
    },
  });
  registration.registrar.register(FACTS, {}, undefined);
  for (let passed = 0; passed < LONG_MS; passed += 10_000) {
    vi.advanceTimersByTime(10_000);
    for (let turn = 0; turn < 4; turn += 1) await letOthersRun();
  }
  return state.events.list(FACTS.node, 0, 9).map(({ kind }) => kind);
}

describe('a server that does not observe guests', () => {
  it('tells no driver that its VM was not heard of', async () => {
    expect(await waitInVain(true)).toEqual(['stuck']);
    expect(await waitInVain(false)).toEqual([]);
  });

  it.each([
    ['stuck', { reseed: 'once' } as const],
    ['new', undefined],
  ])('lists a VM that it has not heard of as %s', async (state, observing) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await withServer(
      async server => {
        await register(server);
        vi.setSystemTime(Date.now() + LONG_MS);
        expect(await readReport(server)).toMatchObject({
          state,
          findings: { length: state === 'new' ? 0 : 1 },
        });
      },
      { observing },
    );
  });
});
