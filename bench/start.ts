import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { renderSection } from './render-section.ts';
import { judgeSection } from './section.ts';
import { runBench } from './start/run.ts';

/** Entry point of `npm run bench:start`. */
const USAGE = `Usage: npm run bench:start -- [options]

Compares VMs of this driver with those of Nomad's built-in qemu driver and with qemu run from a shell: time to the
first byte of the guest's console, memory beside qemu, time to a disk, and the plugin's own start. Needs root.

Options:
  --rounds N  how often each is measured, in turns (default: 9)
  --json      print all samples as JSON
  --help      print this

A goal that is missed is shown as such; the exit code is 0 all the same.
`;

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.on(name, () => stop.abort(new Error(`stopped by ${name}`)));

try {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '9' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) process.stdout.write(USAGE);
  else await measureAndPrint(parseRounds(values.rounds), values.json);
} catch (error) {
  const cause = stop.signal.aborted ? stop.signal.reason : error;
  process.stderr.write(`bench: ${cause instanceof Error ? cause.message : String(cause)}\n`);
  process.exitCode = 1;
}

async function measureAndPrint(rounds: number, isJson: boolean): Promise<void> {
  const startedAt = performance.now();
  const report = (message: string) => {
    process.stderr.write(
      `${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${message}\n`,
    );
  };
  // A round takes some 10 s; this is for a host that got stuck.
  const deadline = AbortSignal.timeout(120_000 + rounds * 30_000);
  const loadBefore = readLoad();
  const sections = await runBench(rounds, report, AbortSignal.any([stop.signal, deadline]));
  // Our own guests load one core at most; more than that after the run means that others disturbed it.
  const host = { cores: availableParallelism(), loadBefore, loadAfter: readLoad() };
  if (isJson) {
    const judged = sections.map(section => ({ ...section, series: judgeSection(section) }));
    process.stdout.write(`${JSON.stringify({ rounds, host, sections: judged }, undefined, 2)}\n`);
    return;
  }
  process.stdout.write(
    `${rounds} rounds in turns on ${host.cores} cores, load ${host.loadBefore.toFixed(1)} before and ${host.loadAfter.toFixed(1)} after; ratios are of medians, to each table's first line\n`,
  );
  for (const section of sections) process.stdout.write(`\n${renderSection(section)}\n`);
}

/** Processes that wanted to run, mean of the last minute. */
function readLoad(): number {
  return loadavg()[0] ?? 0;
}

function parseRounds(text: string): number {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= 100) return rounds;
  throw new RangeError(`Cannot use --rounds "${text}": write a whole number from 1 to 100`);
}
