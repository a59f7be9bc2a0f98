import { runEntry } from './entry.ts';
import { judgeSeedStorm, runSeedStorm } from './seeds.ts';

const USAGE = `npm run chaos:seeds [-- OPTIONS]

Kills the seed server by SIGKILL at random moments while guests boot, starts it again on the same port, and compares what
guests were answered with what it remembers.

  --kills N    how often it is killed (default 200)
  --guests N   guests that boot at once (default 30)
  --json       print the result as JSON
  --help       this text
`;

process.exitCode = await runEntry(
  {
    usage: USAGE,
    numbers: { kills: { default: 200 }, guests: { default: 30, max: 200 } },
    run: runSeedStorm,
    print: result => console.table(result),
    judge: judgeSeedStorm,
  },
  process.argv.slice(2),
);
