import { type ApiProblem, MAX_EVENTS_WAIT_SECONDS } from '../client/drivers-api-types.ts';
import { collectProblems, describeValue } from './field-reader.ts';

/** Which events to wait for. */
export interface WantedEvents {
  readonly node: string;
  readonly after: number;
  readonly waitMs: number;
}

/** A query that was read, or all that is wrong with it. */
export type ParsedEventsQuery =
  | { readonly kind: 'parsed'; readonly wanted: WantedEvents }
  | { readonly kind: 'invalid'; readonly problems: readonly ApiProblem[] };

/** Reads `?node=NAME&after=CURSOR&timeout=SECONDS`; without `timeout` there is no waiting. */
export function parseEventsQuery(query: Readonly<Record<string, unknown>>): ParsedEventsQuery {
  const { problems, report } = collectProblems();
  const { node, after = '0', timeout = '0' } = query;
  if (typeof node !== 'string' || node === '') report('node', `is ${describeValue(node)}, wanted a name`);
  const cursor = typeof after === 'string' && /^\d{1,15}$/.test(after) ? Number(after) : undefined;
  if (cursor === undefined)
    report('after', `is ${describeValue(after)}, wanted the cursor of an answer, or 0`);
  const seconds =
    typeof timeout === 'string' && /^\d{1,4}(?:\.\d{1,3})?$/.test(timeout) ? Number(timeout) : -1;
  if (seconds < 0 || seconds > MAX_EVENTS_WAIT_SECONDS) {
    report('timeout', `is ${describeValue(timeout)}, wanted 0 to ${MAX_EVENTS_WAIT_SECONDS} seconds`);
  }
  if (problems.length > 0 || typeof node !== 'string' || cursor === undefined) {
    return { kind: 'invalid', problems };
  }
  return { kind: 'parsed', wanted: { node, after: cursor, waitMs: seconds * 1000 } };
}
