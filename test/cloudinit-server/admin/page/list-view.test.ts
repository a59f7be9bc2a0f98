import { describe, expect, it } from 'vitest';
import {
  buildListPath,
  buildListView,
  parseListQuery,
  VMS_PER_PAGE,
} from '../../../../cloudinit-server/admin/page/list-view.ts';
import type { VmSummary } from '../../../../cloudinit-server/admin/vm-report.ts';

const vm = (name: string, state: VmSummary['state'], address: string | null = null): VmSummary => ({
  name,
  seed: name,
  registration: null,
  state,
  stage: null,
  address,
  cloud_init: null,
  boot_began_at: null,
  last_heard_at: null,
  ready_after_s: null,
  findings: [],
});

const registration = {
  node: 'node-1',
  namespace: 'default',
  job: 'web',
  group: 'vm',
  task: 'vm',
  index: 0,
  alloc_id: 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
  delivery: 'http',
  registered_at: '2026-01-31T11:00:00.000Z',
  gone_at: null,
  sealed_at: null,
  refused_requests: 0,
} as const;

const everything = parseListQuery({});

describe('buildListView()', () => {
  it('has problems first, then what is on its way, each in the order they came', async () => {
    const vms = [
      vm('a', 'ready'),
      vm('b', 'booting'),
      vm('c', 'stuck'),
      vm('d', 'unobserved'),
      vm('e', 'new'),
      vm('f', 'failed'),
      vm('g', 'stuck'),
    ];
    expect((await buildListView(vms, everything)).vms.map(({ name }) => name).join('')).toBe('fcgbeda');
  });

  it('has what is gone last, and does not count it among problems', async () => {
    const gone = {
      ...vm('a', 'failed'),
      registration: { ...registration, gone_at: '2026-01-31T12:00:00.000Z' },
    };
    const view = await buildListView([gone, { ...vm('b', 'ready'), registration }], everything);
    expect(view.vms.map(({ name }) => name)).toEqual(['b', 'a']);
    expect(view.counts).toMatchObject({ all: 2, problems: 0, failed: 0, ready: 1, gone: 1 });
  });

  it('counts a VM whose safety is in doubt among problems, unless it is gone', async () => {
    const findings = [{ code: 'host-keys-differ', text: 'its keys differ' }] as const;
    const gone = { ...registration, gone_at: '2026-01-31T12:00:00.000Z' };
    const vms = [
      { ...vm('a', 'ready'), findings, registration: gone },
      vm('b', 'booting'),
      { ...vm('c', 'ready'), findings, registration },
      { ...vm('d', 'stuck'), findings },
    ];
    const view = await buildListView(vms, everything);
    expect(view.vms.map(({ name }) => name)).toEqual(['d', 'c', 'b', 'a']);
    expect(view.counts).toMatchObject({ problems: 2, stuck: 1, ready: 1, gone: 1 });
    const problems = await buildListView(vms, parseListQuery({ state: 'problems' }));
    expect(problems.vms.map(({ name }) => name)).toEqual(['d', 'c']);
  });

  it('finds registered VMs by job, node, allocation and seed', async () => {
    const vms = [{ ...vm('default/a', 'ready'), seed: 'lab/grace', registration }, vm('b', 'ready')];
    for (const q of ['web', 'node-1', 'f81d4fae', 'grace']) {
      expect((await buildListView(vms, parseListQuery({ q }))).matches, q).toBe(1);
    }
  });

  it('finds all words in any order, in name and address', async () => {
    const vms = [vm('lab/alice', 'ready', '10.0.0.1'), vm('lab/bob', 'ready', '10.0.0.2')];
    const find = async (q: string) =>
      (await buildListView(vms, parseListQuery({ q }))).vms.map(({ name }) => name);
    expect(await find('LAB')).toHaveLength(2);
    expect(await find('0.2 lab')).toEqual(['lab/bob']);
    expect(await find('alice 0.2')).toEqual([]);
  });

  it('counts by state what the words leave over', async () => {
    const vms = [vm('a1', 'ready'), vm('a2', 'failed'), vm('b1', 'stuck'), vm('a3', 'stuck')];
    const view = await buildListView(vms, parseListQuery({ q: 'a', state: 'problems' }));
    expect(view.counts).toMatchObject({ all: 3, problems: 2, failed: 1, stuck: 1, ready: 1, booting: 0 });
    expect(view.vms.map(({ name }) => name)).toEqual(['a2', 'a3']);
    expect(view.matches).toBe(2);
  });

  it('is cut into pages, the last of which stands for those beyond it', async () => {
    const vms = Array.from({ length: 10_000 }, (_, index) => vm(`vm${index}`, 'ready'));
    const first = await buildListView(vms, everything);
    expect([first.vms.length, first.pages, first.matches]).toEqual([VMS_PER_PAGE, 100, 10_000]);
    const last = await buildListView(vms, parseListQuery({ page: '999' }));
    expect([last.query.page, last.vms.at(-1)?.name]).toEqual([100, 'vm9999']);
    expect(await buildListView([], everything)).toMatchObject({ pages: 1, matches: 0, vms: [] });
  });
});

describe('parseListQuery()', () => {
  it.each([
    [{ page: '-1', state: 'no', q: ['a', 'b'] }],
    [{ page: '1e400', state: '__proto__' }],
    [{ page: '1.5', q: '   ' }],
    [{}],
  ])('takes %j for the whole list', query => {
    expect(parseListQuery(query)).toEqual({ text: '', state: 'all', page: 1 });
  });

  it('reads what buildListPath() wrote', () => {
    const query = { text: 'a&b=c d#', state: 'stuck', page: 3 } as const;
    const path = buildListPath(query);
    expect(parseListQuery(Object.fromEntries(new URL(path, 'http://x').searchParams))).toEqual(query);
    expect(buildListPath(everything)).toBe('/');
  });
});
