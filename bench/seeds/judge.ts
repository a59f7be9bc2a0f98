import { type Summary, summarize } from '../summary.ts';
import type { Measurement } from './measure.ts';
import type { Contestant, Scenario } from './scenarios.ts';

/** A contestant and what was measured of it, round by round. */
export interface Result {
  readonly contestant: Contestant;
  readonly rounds: readonly Measurement[];
}

/** All that was measured of a scenario. */
export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly results: readonly Result[];
}

/** Something that is to be so, and whether it is. */
export interface Verdict {
  readonly goal: string;
  readonly isMet: boolean;
}

/** Guests wait at most this long for 99 of 100 answers. */
const P99_MS = 50;
/** What counts as no slower and as flat: what two runs of the same server differ by. */
const TOLERANCE = 0.05;

/** The median over the rounds of one value. */
export function medianOf({ rounds }: Result, key: keyof Measurement): number {
  return summarizeKey(rounds, key).median;
}

function summarizeKey(rounds: readonly Measurement[], key: keyof Measurement): Summary {
  return summarize(rounds.map(round => round[key]));
}

/** Judges by the project's goals. */
export function judgeScenario({ scenario, results }: ScenarioResult): readonly Verdict[] {
  const ours = results.filter(({ contestant }) => contestant.server === 'ours');
  if (scenario.pace !== 'burst') {
    return ours.map(result => ({
      goal: `99 of 100 answers of "${result.contestant.name}" within ${P99_MS} ms`,
      isMet: medianOf(result, 'p99Ms') < P99_MS,
    }));
  }
  const fastify = results.find(({ contestant }) => contestant.server === 'fastify');
  const [few, many, registered] = ours;
  if (fastify === undefined || few === undefined || many === undefined || registered === undefined)
    throw new Error('Cannot judge without fastify and three of ours');
  const isNear = (result: Result, other: Result) =>
    medianOf(result, 'requestsPerSecond') >= (1 - TOLERANCE) * medianOf(other, 'requestsPerSecond');
  return [
    { goal: 'no slower than bare fastify', isMet: isNear(few, fastify) },
    { goal: 'as fast with many VMs known as with few', isMet: isNear(many, few) },
    { goal: 'as fast with many VMs registered as with few known', isMet: isNear(registered, few) },
  ];
}
