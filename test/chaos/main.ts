import { parseArgs } from 'node:util';
import { runChaos } from './chaos.ts';
import { countEnds } from './short-life.ts';

const USAGE = `npm run chaos [-- OPTIONS]

Kills the plugin and Nomad's agent again and again while VMs run, and counts what is lost. Everything is real.

  --rounds N         kill the plugin N times and the agent N / 5 times (default 100)
  --guests N         VMs that count on their console meanwhile (default 5)
  --json             print the result as JSON
  --help             this text
`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    guests: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  process.stdout.write(USAGE);
} else {
  const pluginKills = Number(values.rounds);
  const options = { guests: Number(values.guests), pluginKills, agentKills: Math.ceil(pluginKills / 5) };
  const result = await runChaos(options, message => process.stderr.write(`${message}\n`));
  const { verdict, linesCompared, consoleBytesPerSecond, lives, seconds } = result;
  if (values.json) process.stdout.write(`${JSON.stringify({ ...options, ...result })}\n`);
  else {
    console.table(verdict);
    console.table(countEnds(lives));
    const rate = (consoleBytesPerSecond / 1000).toFixed(1);
    console.log(
      `${linesCompared} lines of ${options.guests} VMs compared, printed at ${rate} KB/s in all; ` +
        `${lives.length} more VMs started and ended as above, ${seconds} s`,
    );
  }
  process.exitCode = Object.values(verdict).every(count => count === 0) ? 0 : 1;
}
