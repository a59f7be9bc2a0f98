import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildTimeline } from '../../../../cloudinit-server/admin/page/timeline.ts';
import type { BootReport } from '../../../../cloudinit-server/admin/vm-report.ts';

const boot = (steps: BootReport['steps'], files: BootReport['files'] = []): BootReport => ({
  began_at: '2026-01-31T12:00:00.000Z',
  last_heard_at: '2026-01-31T12:00:09.000Z',
  state: 'booting',
  stage: 'activated',
  address: '10.77.0.56',
  cloud_init: null,
  reached_s: {},
  phoned_home: false,
  files,
  steps,
  findings: [],
});

const step = (name: string, at_s: number, took_s: number | null, result: string | null = 'SUCCESS') => {
  return { name, at_s, took_s, result };
};

describe('buildTimeline()', () => {
  it('puts steps under their stage, which stands above them though it is told last', () => {
    const { groups } = buildTimeline(
      boot([step('init-network/config-ssh', 1, 2), step('init-network', 1, 3), step('modules-final', 4, 1)]),
    );
    expect(groups).toMatchObject([
      { title: 'init-network', whole: { atS: 1, tookS: 3 }, rows: [{ label: 'config-ssh', tookS: 2 }] },
      { title: 'modules-final', rows: [] },
    ]);
  });

  it('begins with the files of the seed', () => {
    const file = {
      file: 'meta-data',
      count: 1,
      status: 503,
      bytes: 0,
      content_id: null,
      at_s: 0,
      address: '10.0.0.1',
      mac_address: null,
      cloud_init: null,
    };
    expect(buildTimeline(boot([], [file])).groups).toMatchObject([
      { title: 'seed files', whole: undefined, rows: [{ label: 'meta-data', result: 'failed' }] },
    ]);
  });

  it.each([
    [step('a/b', 0, 1), 'ok'],
    [step('a/b', 0, 1, 'WARN'), 'warned'],
    [step('a/b', 0, 1, 'FAIL'), 'failed'],
    [step('a/b', 0, null, null), 'open'],
  ])('%j is %s', (one, result) => {
    expect(buildTimeline(boot([one])).groups[0]?.rows[0]?.result).toBe(result);
  });

  it('leaves room for what has not ended', () => {
    expect(buildTimeline(boot([step('a/b', 0, 10)])).lengthS).toBe(10);
    expect(buildTimeline(boot([step('a/b', 0, 10), step('a/c', 9, null, null)])).lengthS).toBeGreaterThan(10);
  });

  it('has some round ticks, whatever the length', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), tookS => {
        const { lengthS, ticksS } = buildTimeline(boot([step('a/b', 0, tookS)]));
        expect(lengthS).toBeGreaterThan(0);
        expect(ticksS.length).toBeGreaterThanOrEqual(3);
        expect(ticksS.length).toBeLessThanOrEqual(9);
        expect(ticksS[0]).toBe(0);
        expect(ticksS.at(-1)).toBeLessThanOrEqual(lengthS * 1.0001);
      }),
    );
    expect(buildTimeline(boot([step('a/b', 0, 37)])).ticksS).toEqual([0, 5, 10, 15, 20, 25, 30, 35]);
  });
});
