import { availableParallelism, loadavg } from 'node:os';
import { parseOptions } from '../test/chaos/entry.ts';
import { judgeScenario } from './seeds/judge.ts';
import { renderScenario } from './seeds/render-scenario.ts';
import { runSeedBench, type SeedBenchOptions } from './seeds/run.ts';

/** Entry point of `npm run bench:seeds`. */
const USAGE = `Usage: npm run bench:seeds -- [options]

Boots VMs as recorded ones did, each request over a connection of its own, against the seed server with its state, a
bare fastify that answers the same bytes from memory, and nginx with the same as static files: as fast as it goes,
and at the pace of real guests; also with many VMs known, while seeds are edited and while pages are open.

Options:
  --rounds N  how often each is measured, in turns (default: 5)
  --boots N   VMs that boot at once, some 70 requests each (default: 300)
  --known N   VMs that the server knows in the cases of many (default: 10000)
  --json      print all samples as JSON
  --help      print this

A goal that is missed is shown as such; the exit code is 0 all the same.
`;

const NUMBERS = {
  rounds: { default: 5, max: 100 },
  boots: { default: 300, max: 1000 },
  known: { default: 10_000, max: 100_000 },
} as const;

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.on(name, () => stop.abort(new Error(`stopped by ${name}`)));

try {
  const { isHelp, isJson, options } = parseOptions(NUMBERS, process.argv.slice(2));
  if (isHelp) process.stdout.write(USAGE);
  else await measureAndPrint(options, isJson);
} catch (error) {
  const cause = stop.signal.aborted ? stop.signal.reason : error;
  process.stderr.write(`bench: ${cause instanceof Error ? cause.message : String(cause)}\n`);
  process.exitCode = 1;
}

async function measureAndPrint(options: SeedBenchOptions, isJson: boolean): Promise<void> {
  if (options.known < 2 * options.boots)
    throw new RangeError(
      `Cannot use --known ${options.known}: at least twice as many as --boots, ${options.boots}`,
    );
  const startedAt = performance.now();
  const report = (message: string) => {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    process.stderr.write(`${seconds.padStart(5)} s  ${message}\n`);
  };
  const loadBefore = readLoad();
  const all = await runSeedBench(options, report, stop.signal);
  const host = { cores: availableParallelism(), loadBefore, loadAfter: readLoad() };
  if (isJson) {
    const judged = all.map(one => ({ ...one, goals: judgeScenario(one) }));
    process.stdout.write(`${JSON.stringify({ ...options, host, scenarios: judged }, undefined, 2)}\n`);
    return;
  }
  process.stdout.write(
    `${options.rounds} rounds in turns on ${host.cores} cores, load ${loadBefore.toFixed(1)} before; medians\n`,
  );
  for (const one of all) process.stdout.write(`\n${renderScenario(one)}\n`);
}

/** Processes that wanted to run, mean of the last minute. */
function readLoad(): number {
  return loadavg()[0] ?? 0;
}
