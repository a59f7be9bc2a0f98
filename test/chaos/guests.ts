import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessIdentity } from '../../qemu/process-identity.ts';
import { readProcessIdentity } from '../../qemu/process-identity.ts';
import type { DriverLab } from '../lab/driver-lab.ts';
import type { TaskSnapshot } from '../lab/nomad/task.ts';
import { renderTinyJob } from '../lab/tiny-job.ts';
import { addVerdicts, FLAWLESS, LineJudge, type Verdict } from './verdict.ts';

/** A guest that prints numbered lines as fast as its serial line takes them, and must never notice anything. */
export interface Counter {
  readonly job: string;
  readonly allocId: string;
  readonly qemu: ProcessIdentity;
}

const LOGS = `
      logs {
        max_files     = 50
        max_file_size = 100
      }`;

/** Nomad wants its logs to fit. */
const DISK = 'ephemeral_disk {\n size = 6000\n }';

export async function startCounter(lab: DriverLab, job: string): Promise<Counter> {
  const count = `awk 'BEGIN { for (i = 1; ; i++) print "line " i }' &`;
  await lab.writeSeed(job, { 'user-data': `#tiny: ${count}\n` });
  await lab.nomad.run(renderTinyJob({ id: job, config: configOf(lab, job), task: LOGS, group: DISK }));
  const { allocId } = await lab.waitForConsole(job, /^line 100\r$/m);
  return { job, allocId, qemu: qemuOf(lab, allocId) };
}

/** Stops the guest and compares all that it printed with Nomad's log of it. */
export async function judgeCounter(
  lab: DriverLab,
  counter: Counter,
): Promise<{ verdict: Verdict; lines: number }> {
  const before = await lab.nomad.waitForTask(counter.job, () => true, { timeoutMs: 60_000 });
  const isLost = before.state !== 'running' || before.restarts > 0 || before.allocId !== counter.allocId;
  const now = isLost ? undefined : qemuOf(lab, counter.allocId);
  const isSame =
    now !== undefined && now.pid === counter.qemu.pid && now.startTicks === counter.qemu.startTicks;
  const others = isLost ? 0 : (await countQemus(counter.allocId)) - 1;
  await lab.nomad.stopJob(counter.job);
  const ended = await lab.nomad.waitForTask(counter.job, ({ state }) => state === 'dead', {
    timeoutMs: 120_000,
  });
  const lines = await judgeLog(lab, counter);
  const verdict = addVerdicts(FLAWLESS, {
    lost: isLost || !isSame ? 1 : 0,
    startedTwice: Math.max(0, others),
    wrongExitCodes: ended.exitCode === 0 ? 0 : 1,
    linesLost: lines.linesLost,
    linesDoubled: lines.linesDoubled,
  });
  return { verdict, lines: lines.count };
}

/** How a guest ends, and the exit code that Nomad must show for it. */
const ENDS = [
  { how: 'poweroff', exitCode: 0 },
  { how: 'SIGKILL', exitCode: 137 },
  { how: 'SIGSEGV', exitCode: 139 },
  { how: 'SIGABRT', exitCode: 134 },
] as const;

/** How one short life went: `interrupted` when Nomad gave the start up, as the plugin was killed in it twice. */
export type ShortLife = 'right' | 'wrong' | 'interrupted';

/** Starts a guest that ends after a moment in one of several ways, and compares what Nomad says of its end. */
export async function runAndEnd(lab: DriverLab, job: string, random: () => number): Promise<ShortLife> {
  const end = ENDS[Math.floor(random() * ENDS.length)] ?? ENDS[0];
  const command = end.how === 'poweroff' ? '#tiny: (sleep 2; poweroff -f) &\n' : '';
  await lab.writeSeed(job, { 'user-data': command });
  await lab.nomad.run(renderTinyJob({ id: job, type: 'batch', config: configOf(lab, job) }));
  const started = await lab.waitForConsole(job, 'tiny: ready', 180_000).catch((error: unknown) => {
    if (String(error).includes('driver exited unexpectedly')) return undefined;
    throw error;
  });
  if (started === undefined) return 'interrupted';
  const { allocId } = started;
  if (end.how !== 'poweroff') process.kill(qemuOf(lab, allocId).pid, end.how);
  const isOver = (task: TaskSnapshot) => task.state === 'dead' && task.exitCode !== undefined;
  const task = await lab.nomad.waitForTask(job, isOver, { timeoutMs: 120_000 });
  await lab.nomad.command('job', 'stop', '-purge', '-detach', job);
  return task.exitCode === end.exitCode ? 'right' : 'wrong';
}

function configOf(lab: DriverLab, seed: string): string {
  return `
    image = "${lab.tinyImage}"
    network { bridge = "br0" }
    cloud_init { seed = "${seed}" }`;
}

function qemuOf(lab: DriverLab, allocId: string): ProcessIdentity {
  const { stage } = lab.record(allocId);
  if (stage.tag !== 'running') throw new Error(`The VM of allocation "${allocId}" is ${stage.tag}`);
  return stage.qemu;
}

/** How many emulators run with a disk of this allocation. */
async function countQemus(allocId: string): Promise<number> {
  let count = 0;
  for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
    // ENOENT: it has ended since.
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const [program = ''] = command.split('\0');
    if (program.includes('qemu-system-') && command.includes(allocId) && readProcessIdentity(Number(pid)))
      count += 1;
  }
  return count;
}

async function judgeLog(lab: DriverLab, { allocId }: Counter): Promise<LineJudge> {
  const folder = join(lab.nomad.dataFolder, 'alloc', allocId, 'alloc', 'logs');
  const numbers = (await readdir(folder))
    .flatMap(name => /^vm\.stdout\.(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number);
  const judge = new LineJudge();
  for (const number of numbers.sort((a, b) => a - b)) {
    judge.feed(await readFile(join(folder, `vm.stdout.${number}`), 'latin1'));
  }
  return judge;
}
