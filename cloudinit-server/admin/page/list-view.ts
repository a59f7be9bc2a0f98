import type { VmSummary } from '../vm-report.ts';
import { readShownState, type ShownState } from './shown-state.ts';

/** Which VMs of the list are wanted. `problems` are those that a person should look at. */
export const STATE_FILTERS = [
  'all',
  'problems',
  'failed',
  'stuck',
  'booting',
  'new',
  'unobserved',
  'ready',
  'gone',
] as const;

export type StateFilter = (typeof STATE_FILTERS)[number];

/** What of the list is wanted, as the page's address says it. */
export interface ListQuery {
  /** Words that must all be found somewhere in a VM's line; empty: no matter. */
  readonly text: string;
  readonly state: StateFilter;
  /** From 1. */
  readonly page: number;
}

/** A part of the list, and what is around it. */
export interface ListView {
  readonly query: ListQuery;
  readonly vms: readonly VmSummary[];
  /** VMs that match, on all pages. */
  readonly matches: number;
  readonly pages: number;
  /** Of all VMs with these words, by state. */
  readonly counts: Readonly<Record<StateFilter, number>>;
}

/** VMs on one page: what a browser lays out at once, and a person still scrolls through. */
export const VMS_PER_PAGE = 200;

const MAX_TEXT_LENGTH = 200;

/** Problems first, then what is on its way; what is done comes last. */
const ORDER: readonly ShownState[] = ['failed', 'stuck', 'booting', 'new', 'unobserved', 'ready', 'gone'];

/** Reads the query of an address; what makes no sense counts as not written. */
export function parseListQuery(query: Readonly<Record<string, unknown>>): ListQuery {
  const { q = '', state, page } = query;
  const number = Number(page);
  return {
    text: typeof q === 'string' ? q.trim().slice(0, MAX_TEXT_LENGTH) : '',
    state: STATE_FILTERS.find(name => name === state) ?? 'all',
    page: Number.isSafeInteger(number) && number > 0 ? number : 1,
  };
}

/** The address of a part of the list. */
export function buildListPath({ text, state, page }: ListQuery): string {
  const query = new URLSearchParams({
    ...(text !== '' && { q: text }),
    ...(state !== 'all' && { state }),
    ...(page > 1 && { page: String(page) }),
  });
  return query.size === 0 ? '/' : `/?${query}`;
}

/** Picks what is wanted, problems first. @param vms in the order that those of one state shall have */
export function buildListView(vms: readonly VmSummary[], query: ListQuery): ListView {
  const words = query.text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = words.length === 0 ? vms : vms.filter(vm => hasWords(vm, words));
  const ofState = new Map<ShownState, VmSummary[]>(ORDER.map(state => [state, []]));
  for (const vm of found) ofState.get(readShownState(vm))?.push(vm);
  const wanted = ORDER.filter(state => matchesFilter(state, query.state)).flatMap(
    state => ofState.get(state) ?? [],
  );
  const pages = Math.max(1, Math.ceil(wanted.length / VMS_PER_PAGE));
  const page = Math.min(query.page, pages);
  return {
    query: { ...query, page },
    vms: wanted.slice((page - 1) * VMS_PER_PAGE, page * VMS_PER_PAGE),
    matches: wanted.length,
    pages,
    counts: countStates(ofState),
  };
}

function matchesFilter(state: ShownState, filter: StateFilter): boolean {
  if (filter === 'problems') return state === 'failed' || state === 'stuck';
  return filter === 'all' || filter === state;
}

function countStates(ofState: ReadonlyMap<ShownState, readonly VmSummary[]>): ListView['counts'] {
  const count = (filter: StateFilter) =>
    ORDER.filter(state => matchesFilter(state, filter)).reduce(
      (sum, state) => sum + (ofState.get(state)?.length ?? 0),
      0,
    );
  return {
    all: count('all'),
    problems: count('problems'),
    failed: count('failed'),
    stuck: count('stuck'),
    booting: count('booting'),
    new: count('new'),
    unobserved: count('unobserved'),
    ready: count('ready'),
    gone: count('gone'),
  };
}

function hasWords(vm: VmSummary, words: readonly string[]): boolean {
  const { name, seed, address, cloud_init, stage, registration } = vm;
  const { job, node, alloc_id } = registration ?? {};
  const facts = [name, seed, readShownState(vm), stage, address, cloud_init, job, node, alloc_id];
  const line = facts.join('\n').toLowerCase();
  return words.every(word => line.includes(word));
}
