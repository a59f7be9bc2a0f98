import { runEntry } from './entry.ts';
import { type IdleCost, runIdle } from './idle.ts';
import { judgeIdle } from './idle-verdict.ts';

const USAGE = `npm run chaos:idle [-- OPTIONS]

Measures what running VMs cost beside their emulators while nothing happens: CPU, memory, open files and threads of the
plugin, of a plugin without VMs, and of the wrappers with their tails. Everything is real.

  --guests N         VMs (default 10)
  --seconds N        how long (default 60)
  --json             print all that was measured as JSON
  --help             this text
`;

process.exitCode = await runEntry(
  {
    usage: USAGE,
    numbers: { guests: { default: 10, max: 50 }, seconds: { default: 60, max: 3600 } },
    run: runIdle,
    print: ({ costs, insides, seconds }) => {
      console.table(Object.fromEntries(costs.map(cost => [cost.name, describeCost(cost)])));
      console.log(`over ${seconds.toFixed(0)} s; CPU in % of one core, memory at the end in MiB`);
      console.log(
        `the plugin waits for ${JSON.stringify(insides.resources)}, its live heap is ${insides.liveHeapKib} KiB`,
      );
    },
    judge: judgeIdle,
  },
  process.argv.slice(2),
);

function describeCost({ cpuPercent, before, after, vms }: IdleCost) {
  const mib = (kib: number) => (kib / 1024).toFixed(1);
  return {
    processes: after.processes,
    'CPU %': cpuPercent.toFixed(2),
    'CPU % a VM': vms === 0 ? '' : (cpuPercent / vms).toFixed(3),
    RSS: mib(after.rssKib),
    PSS: mib(after.pssKib),
    'PSS a VM': vms === 0 ? '' : mib(after.pssKib / vms),
    files: `${before.openFiles} → ${after.openFiles}`,
    threads: `${before.threads} → ${after.threads}`,
  };
}
