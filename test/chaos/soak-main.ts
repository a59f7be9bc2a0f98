import { runEntry } from './entry.ts';
import { runSoak } from './soak.ts';
import { describeSoak, judgeLiveHeap, judgeSoak, leftByEachKib } from './soak-verdict.ts';
import type { Trend } from './trend.ts';

const USAGE = `npm run chaos:soak [-- OPTIONS]

Restarts one VM and replaces another every minute, and tells whether the plugin grows. Everything is real.

  --minutes N        how long (default 30)
  --guests N         VMs that run (default 10)
  --warm-up N        VMs that are restarted before, as fast as it goes (default 150)
  --max-growth N     KiB a minute that its memory may grow (default 64)
  --json             print all samples as JSON
  --help             this text
`;

process.exitCode = await runEntry(
  {
    usage: USAGE,
    numbers: {
      minutes: { default: 30, min: 2 },
      guests: { default: 10, max: 50 },
      'warm-up': { default: 150, min: 0, max: 10_000 },
      'max-growth': { default: 64, min: 0, max: 100_000 },
    },
    run: (options, report) => runSoak({ ...options, warmUp: options['warm-up'] }, report),
    print: ({ samples, liveHeapKib, ended }, options) => {
      const trends = Object.entries(describeSoak(samples));
      console.table(Object.fromEntries(trends.map(([metric, trend]) => [metric, describe(trend)])));
      console.log(
        `${options.guests} VMs for ${samples.at(-1)?.minute.toFixed(1)} minutes, ${options.minutes} restarted and ${options.minutes} replaced; ${options['warm-up']} restarted before`,
      );
      console.log(
        `live heap: ${liveHeapKib.first} KiB before, ${liveHeapKib.last} KiB after (${leftByEachKib(liveHeapKib, ended).toFixed(1)} KiB for each VM that ended)`,
      );
    },
    judge: ({ samples, liveHeapKib, ended }, options) => [
      ...judgeSoak(samples, options['max-growth']),
      ...judgeLiveHeap(liveHeapKib, ended),
    ],
  },
  process.argv.slice(2),
);

function describe({ first, last, max, slope }: Trend) {
  return { first, last, max, 'slope a minute': slope.toFixed(1) };
}
