import { type FileHandle, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ProcessIdentity, readProcessAgeMs, readProcessIdentity } from '../../qemu/process-identity.ts';
import type { DriverLab } from '../lab/driver-lab.ts';
import { renderTinyJob } from '../lab/tiny-job.ts';
import { waitUntil } from '../lab/wait-until.ts';
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

const LOG_END_MS = 10_000;
/** What a guest prints when it ends, and some lines before. */
const TAIL_BYTES = 64 * 1024;

/** Nomad wants its logs to fit. */
const DISK = 'ephemeral_disk {\n size = 6000\n }';

export async function startCounter(lab: DriverLab, job: string): Promise<Counter> {
  const count = `awk 'BEGIN { for (i = 1; ; i++) print "line " i }' &`;
  await lab.writeSeed(job, { 'user-data': `#tiny: ${count}\n` });
  await lab.nomad.run(renderTinyJob({ id: job, config: configOf(lab, job), task: LOGS, group: DISK }));
  const { allocId } = await lab.waitForConsole(job, /^line 100\r$/m);
  return { job, allocId, qemu: qemuOf(lab, allocId) };
}

/** What became of a counter. */
export interface CounterResult {
  readonly verdict: Verdict;
  readonly lines: number;
  /** How fast it printed; 0 when it was lost. */
  readonly bytesPerSecond: number;
}

/** Stops the guest and compares all that it printed with Nomad's log of it. */
export async function judgeCounter(lab: DriverLab, counter: Counter): Promise<CounterResult> {
  const before = await lab.nomad.waitForTask(counter.job, () => true, { timeoutMs: 60_000 });
  const isLost = before.state !== 'running' || before.restarts > 0 || before.allocId !== counter.allocId;
  const now = isLost ? undefined : qemuOf(lab, counter.allocId);
  const isSame =
    now !== undefined && now.pid === counter.qemu.pid && now.startTicks === counter.qemu.startTicks;
  const others = isLost ? 0 : (await countQemus(counter.allocId)) - 1;
  // Held open, as the driver removes it with its task.
  await using console = isLost ? undefined : await open(lab.record(counter.allocId).files.console);
  const bytes = (await console?.stat())?.size ?? 0;
  const seconds = readProcessAgeMs(counter.qemu) / 1000;
  await lab.nomad.stopJob(counter.job);
  const ended = await lab.nomad.waitForTask(counter.job, ({ state }) => state === 'dead', {
    timeoutMs: 120_000,
  });
  const lines = await judgeLog(lab, counter, console === undefined ? 0 : await readLastNumber(console));
  const verdict = addVerdicts(FLAWLESS, {
    lost: isLost || !isSame ? 1 : 0,
    startedTwice: Math.max(0, others),
    wrongExitCodes: ended.exitCode === 0 ? 0 : 1,
    linesLost: lines.linesLost,
    linesDoubled: lines.linesDoubled,
  });
  return { verdict, lines: lines.count, bytesPerSecond: bytes / seconds };
}

/** The config of a tiny guest. */
export function configOf(lab: DriverLab, seed: string): string {
  return `
    image = "${lab.tinyImage}"
    network { bridge = "br0" }
    cloud_init { seed = "${seed}" }`;
}

/** @throws when the VM does not run */
export function qemuOf(lab: DriverLab, allocId: string): ProcessIdentity {
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

/** @param printed the number of the last line that the guest has printed */
async function judgeLog(lab: DriverLab, { allocId }: Counter, printed: number): Promise<LineJudge> {
  const folder = join(lab.nomad.dataFolder, 'alloc', allocId, 'alloc', 'logs');
  const listFiles = async () =>
    (await readdir(folder))
      .flatMap(name => /^vm\.stdout\.(\d+)$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b)
      .map(number => join(folder, `vm.stdout.${number}`));
  const isComplete = async () => {
    await using last = await open((await listFiles()).at(-1) ?? '');
    return (await readLastNumber(last)) >= printed ? true : undefined;
  };
  // Nomad may write the end of a log after it has called the task dead. What is not there then never comes.
  await waitUntil('the end of a log', isComplete, AbortSignal.timeout(LOG_END_MS)).catch(() => undefined);
  const judge = new LineJudge();
  for (const file of await listFiles()) judge.feed(await readFile(file, 'latin1'));
  judge.end(printed);
  return judge;
}

/** The number of the last line in the last part of a file; 0 when there is none. */
async function readLastNumber(file: FileHandle): Promise<number> {
  const { size } = await file.stat();
  const { buffer, bytesRead } = await file.read({
    buffer: Buffer.alloc(TAIL_BYTES),
    position: Math.max(0, size - TAIL_BYTES),
  });
  const judge = new LineJudge();
  judge.feed(buffer.toString('latin1', 0, bytesRead));
  return judge.last;
}
