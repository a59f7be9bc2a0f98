import { runEntry } from './entry.ts';
import { findRung, judgeStop, type StopOutcome } from './stop-outcome.ts';
import { runStops } from './stops.ts';

const USAGE = `npm run chaos:stops [-- OPTIONS]

Stops VMs that write to a journalled file system all the time, each within its deadline, and checks the file systems; then
one guest that ignores everything. Everything is real.

  --stops N          how many (default 50)
  --at-once N        VMs that run and are stopped at the same time (default 5)
  --json             print every stop as JSON
  --help             this text
`;

process.exitCode = await runEntry(
  {
    usage: USAGE,
    numbers: { stops: { default: 50 }, 'at-once': { default: 5, max: 20 } },
    run: (options, report) => runStops({ stops: options.stops, atOnce: options['at-once'] }, report),
    print: ({ outcomes, seconds }) => {
      const groups = Map.groupBy(outcomes, outcome =>
        outcome.isDeaf ? `ignores everything: ${findRung(outcome)}` : findRung(outcome),
      );
      console.table(Object.fromEntries([...groups].map(([name, group]) => [name, summarizeStops(group)])));
      console.log(`${outcomes.length} stops, ${seconds} s`);
    },
    judge: ({ outcomes }) => outcomes.flatMap(judgeStop),
  },
  process.argv.slice(2),
);

function summarizeStops(outcomes: readonly StopOutcome[]) {
  const times = outcomes.map(({ seconds }) => seconds).sort((a, b) => a - b);
  const count = (isCounted: (outcome: StopOutcome) => boolean) => outcomes.filter(isCounted).length;
  return {
    stops: outcomes.length,
    'in time': count(({ seconds, deadlineSeconds }) => seconds <= deadlineSeconds),
    'told once': count(({ stopEvents }) => stopEvents.length === 1),
    'fsck clean': count(({ disk }) => disk.fsckExitCode === 0 && disk.state === 'clean'),
    'journal to replay': count(({ disk }) => disk.needsRecovery),
    'files lost': outcomes.reduce(
      (sum, { lastTold, disk }) => sum + Math.max(0, lastTold - disk.lastWritten),
      0,
    ),
    'median s': times[Math.floor(times.length / 2)]?.toFixed(1),
    'max s': times.at(-1)?.toFixed(1),
  };
}
