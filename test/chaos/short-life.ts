import type { DriverLab } from '../lab/driver-lab.ts';
import { renderTinyJob } from '../lab/tiny-job.ts';
import { configOf, qemuOf } from './guests.ts';

/** How a guest ends by itself, and the exit code that Nomad must show for it. */
const ENDS = [
  { how: 'poweroff', exitCode: 0 },
  { how: 'SIGKILL', exitCode: 137 },
  { how: 'SIGSEGV', exitCode: 139 },
  { how: 'SIGABRT', exitCode: 134 },
] as const;
const STOP = { how: 'job stop', exitCode: 0 } as const;

type End = (typeof ENDS)[number] | typeof STOP;

/** One VM that came and went. */
export interface ShortLife {
  readonly how: End['how'];
  /**
   * What Nomad shows; `interrupted` when it gave the task up and knows of no end: the plugin was killed in its start twice,
   * or again while a new one recovered the task.
   */
  readonly exitCode: number | 'interrupted';
  readonly isWrong: boolean;
}

/** Half of them are stopped by Nomad, so that kills meet stops too. */
export function chooseEnd(random: () => number): End {
  if (random() < 0.5) return STOP;
  return ENDS[Math.floor(random() * ENDS.length)] ?? ENDS[0];
}

/** Starts a guest that ends after a moment as it shall, and compares what Nomad says of its end. */
export async function runAndEnd(lab: DriverLab, job: string, { how, exitCode }: End): Promise<ShortLife> {
  const command = how === 'poweroff' ? '#tiny: (sleep 2; poweroff -f) &\n' : '';
  await lab.writeSeed(job, { 'user-data': command });
  await lab.nomad.run(renderTinyJob({ id: job, type: 'batch', config: configOf(lab, job) }));
  const started = await lab.waitForConsole(job, 'tiny: ready', 180_000).catch(async (error: unknown) => {
    const tasks = await lab.nomad.tasks(job);
    if (tasks.some(({ state, exitCode: shown }) => state === 'dead' && shown === undefined)) return undefined;
    throw error;
  });
  if (started === undefined) return { how, exitCode: 'interrupted', isWrong: false };
  if (how === 'job stop') await lab.nomad.stopJob(job);
  else if (how !== 'poweroff') process.kill(qemuOf(lab, started.allocId).pid, how);
  const task = await lab.nomad.waitForTask(job, ({ state }) => state === 'dead', { timeoutMs: 120_000 });
  await lab.nomad.command('job', 'stop', '-purge', '-detach', job);
  const shown = task.exitCode;
  if (shown === undefined) return { how, exitCode: 'interrupted', isWrong: false };
  return { how, exitCode: shown, isWrong: shown !== exitCode };
}

/** How often VMs ended how, such as "SIGKILL: 137". */
export function countEnds(lives: readonly ShortLife[]): Readonly<Record<string, number>> {
  const groups = Map.groupBy(lives, ({ how, exitCode }) => `${how}: ${exitCode}`);
  return Object.fromEntries([...groups].map(([end, { length }]) => [end, length]));
}
