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
  it('has problems first, then what is on its way, each in the order they came', () => {
    const vms = [
      vm('a', 'ready'),
      vm('b', 'booting'),
      vm('c', 'stuck'),
      vm('d', 'unobserved'),
      vm('e', 'new'),
      vm('f', 'failed'),
      vm('g', 'stuck'),
    ];
    expect(
      buildListView(vms, everything)
        .vms.map(({ name }) => name)
        .join(''),
    ).toBe('fcgbeda');
  });

  it('has what is gone last, and does not count it among problems', () => {
    const gone = {
      ...vm('a', 'failed'),
      registration: { ...registration, gone_at: '2026-01-31T12:00:00.000Z' },
    };
    const view = buildListView([gone, { ...vm('b', 'ready'), registration }], everything);
    expect(view.vms.map(({ name }) => name)).toEqual(['b', 'a']);
    expect(view.counts).toMatchObject({ all: 2, problems: 0, failed: 0, ready: 1, gone: 1 });
  });

  it('finds registered VMs by job, node, allocation and seed', () => {
    const vms = [{ ...vm('default/a', 'ready'), seed: 'lab/grace', registration }, vm('b', 'ready')];
    for (const q of ['web', 'node-1', 'f81d4fae', 'grace']) {
      expect(buildListView(vms, parseListQuery({ q })).matches, q).toBe(1);
    }
  });

  it('finds all words in any order, in name and address', () => {
    const vms = [vm('lab/alice', 'ready', '10.0.0.1'), vm('lab/bob', 'ready', '10.0.0.2')];
    const find = (q: string) => buildListView(vms, parseListQuery({ q })).vms.map(({ name }) => name);
    expect(find('LAB')).toHaveLength(2);
    expect(find('0.2 lab')).toEqual(['lab/bob']);
    expect(find('alice 0.2')).toEqual([]);
  });

  it('counts by state what the words leave over', () => {
    const vms = [vm('a1', 'ready'), vm('a2', 'failed'), vm('b1', 'stuck'), vm('a3', 'stuck')];
    const view = buildListView(vms, parseListQuery({ q: 'a', state: 'problems' }));
    expect(view.counts).toMatchObject({ all: 3, problems: 2, failed: 1, stuck: 1, ready: 1, booting: 0 });
    expect(view.vms.map(({ name }) => name)).toEqual(['a2', 'a3']);
    expect(view.matches).toBe(2);
  });

  it('is cut into pages, the last of which stands for those beyond it', () => {
    const vms = Array.from({ length: 10_000 }, (_, index) => vm(`vm${index}`, 'ready'));
    const first = buildListView(vms, everything);
    expect([first.vms.length, first.pages, first.matches]).toEqual([VMS_PER_PAGE, 50, 10_000]);
    const last = buildListView(vms, parseListQuery({ page: '999' }));
    expect([last.query.page, last.vms.at(-1)?.name]).toEqual([50, 'vm9999']);
    expect(buildListView([], everything)).toMatchObject({ pages: 1, matches: 0, vms: [] });
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
