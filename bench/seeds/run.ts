import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { prepareGround } from './ground.ts';
import type { ScenarioResult } from './judge.ts';
import { type Measurement, measure } from './measure.ts';
import { buildScenarios } from './scenarios.ts';

/** How much is measured. */
export interface SeedBenchOptions {
  readonly rounds: number;
  /** VMs that boot at once. */
  readonly boots: number;
  /** VMs that the server knows, in the cases of many. */
  readonly known: number;
}

/** The kernel goes on tidying up connections for a moment. */
const PAUSE_MS = 500;

/**
 * Measures all scenarios, the servers of each in turns.
 *
 * @param report takes lines of progress
 */
export async function runSeedBench(
  { rounds, boots, known }: SeedBenchOptions,
  report: (message: string) => void,
  signal: AbortSignal,
): Promise<readonly ScenarioResult[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-seeds-'));
  try {
    // nginx gives up root.
    await chmod(folder, 0o755);
    report(`writing ${known} seeds, and letting their VMs fetch them`);
    const ground = await prepareGround(folder, { boots, known }, signal);
    const all: ScenarioResult[] = [];
    for (const scenario of buildScenarios(boots, known)) {
      const samples = scenario.contestants.map((): Measurement[] => []);
      for (let round = 0; round < rounds; round += 1) {
        for (const [index, contestant] of inTurns(scenario.contestants, round)) {
          report(`${scenario.pace}, round ${round + 1} of ${rounds}: ${contestant.name}`);
          samples[index]?.push(await measure(ground, scenario, contestant, signal));
          await delay(PAUSE_MS, undefined, { signal });
        }
      }
      const results = scenario.contestants.map((contestant, index) => ({
        contestant,
        rounds: samples[index] ?? [],
      }));
      all.push({ scenario, results });
    }
    return all;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Who goes first changes with every round, so that nobody gains by what went before. */
function inTurns<T>(all: readonly T[], round: number): readonly (readonly [number, T])[] {
  const numbered = [...all.entries()];
  const first = round % numbered.length;
  return [...numbered.slice(first), ...numbered.slice(0, first)];
}
