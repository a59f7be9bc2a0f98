import { takeTurns } from '../../take-turns.ts';
import type { VmSummary } from '../vm-report.ts';
import { isAlarm } from './alarms.ts';
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
export const VMS_PER_PAGE = 100;

const MAX_TEXT_LENGTH = 200;

/** `alarming`: its safety is in doubt, whatever else its state is. */
type Kind = ShownState | 'alarming';

const PROBLEMS: readonly Kind[] = ['failed', 'stuck', 'alarming'];

/** Problems first, then what is on its way; what is done comes last. */
const ORDER: readonly Kind[] = [...PROBLEMS, 'booting', 'new', 'unobserved', 'ready', 'gone'];

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

/**
 * Picks what is wanted, problems first. Guests are answered meanwhile.
 *
 * @param vms in the order that those of one kind shall have
 */
export async function buildListView(vms: readonly VmSummary[], query: ListQuery): Promise<ListView> {
  const words = query.text.toLowerCase().split(/\s+/).filter(Boolean);
  const counts = { ...NOTHING_COUNTED };
  const wanted = new Map<Kind, VmSummary[]>(ORDER.map(kind => [kind, []]));
  const rest = takeTurns();
  for (const vm of vms) {
    await rest();
    if (!hasWords(vm, words)) continue;
    const kind = readKind(vm);
    const filters = listFilters(vm, kind);
    for (const filter of filters) counts[filter] += 1;
    if (filters.includes(query.state)) wanted.get(kind)?.push(vm);
  }
  const inOrder = [...wanted.values()].flat();
  const pages = Math.max(1, Math.ceil(inOrder.length / VMS_PER_PAGE));
  const page = Math.min(query.page, pages);
  return {
    query: { ...query, page },
    vms: inOrder.slice((page - 1) * VMS_PER_PAGE, page * VMS_PER_PAGE),
    matches: inOrder.length,
    pages,
    counts,
  };
}

const NOTHING_COUNTED: Readonly<Record<StateFilter, number>> = {
  all: 0,
  problems: 0,
  failed: 0,
  stuck: 0,
  booting: 0,
  new: 0,
  unobserved: 0,
  ready: 0,
  gone: 0,
};

function hasWords(vm: VmSummary, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const { name, seed, address, cloud_init, stage, registration } = vm;
  const { job, node, alloc_id } = registration ?? {};
  const facts = [name, seed, readShownState(vm), stage, address, cloud_init, job, node, alloc_id];
  const line = facts.join('\n').toLowerCase();
  return words.every(word => line.includes(word));
}

function readKind(vm: VmSummary): Kind {
  const state = readShownState(vm);
  const isWorse = state === 'failed' || state === 'stuck' || state === 'gone';
  return !isWorse && vm.findings.some(isAlarm) ? 'alarming' : state;
}

/** Those that show it. */
function listFilters(vm: VmSummary, kind: Kind): readonly StateFilter[] {
  const state = readShownState(vm);
  return PROBLEMS.includes(kind) ? ['all', 'problems', state] : ['all', state];
}
