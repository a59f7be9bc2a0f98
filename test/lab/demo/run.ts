import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createDemoLab, type DemoLab } from './demo-lab.ts';
import { followBoot } from './follow-boot.ts';
import { declaredVariables, jobName } from './job-file.ts';
import { findAddress, hasSsh } from './milestones.ts';
import { Progress } from './progress.ts';
import { environmentLine, renderHowToPlay, sshCommand } from './texts.ts';
import { showCommand } from './user-commands.ts';

/** What the user asked for. */
export interface DemoOptions {
  /** Absolute path. */
  readonly jobFile: string;
  /** End when everything has been shown, instead of waiting for the signal. */
  readonly once: boolean;
}

const jobs = join(import.meta.dirname, '..', '..', '..', 'jobs');

/**
 * Runs the demo from the first step to the last and takes everything down.
 *
 * @param signal ends the demo wherever it is
 * @throws when a step fails, or a command that is shown does
 */
export async function runDemo(
  options: DemoOptions,
  write: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const progress = new Progress(write);
  await using demo = await createDemoLab(progress);
  await progress.step('cloudinit-server, as a Nomad job', () =>
    runJob(demo, join(jobs, 'cloudinit-server.hcl')).then(() => undefined),
  );
  signal.throwIfAborted();

  const { job, allocId, variables } = await progress.step(`nomad job run ${options.jobFile}`, () =>
    runJob(demo, options.jobFile),
  );
  const console = await followBoot(demo.agent, allocId, progress, signal);
  progress.note('the VM is up; from here on what its user would type');

  const address = findAddress(console);
  const ssh = address !== undefined && hasSsh(console) ? sshCommand(demo, address) : undefined;
  const alloc = allocId.slice(0, 8);
  const lines = [
    `nomad job allocs ${job}`,
    ...(address === undefined ? [] : [`nomad alloc logs ${alloc} | grep -E "ens3.*global"`]),
    ...(ssh === undefined ? [] : [`${ssh} hostname`]),
  ];
  await showResult(demo, lines, write);
  if (options.once) return;
  write(renderHowToPlay(demo, { job, file: options.jobFile, variables, ssh }));
  if (!signal.aborted) await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()));
  write('\n');
  progress.note('taking everything down');
}

interface StartedJob {
  readonly job: string;
  readonly allocId: string;
  /** The values it was given. */
  readonly variables: Readonly<Record<string, string>>;
}

async function runJob(demo: DemoLab, file: string): Promise<StartedJob> {
  const text = await readFile(file, 'utf8');
  const declared = declaredVariables(text);
  const variables = Object.fromEntries(
    Object.entries(demo.variables).filter(([name]) => declared.includes(name)),
  );
  const job = jobName(text);
  await demo.agent.run(file, variables);
  const task = await demo.agent.waitForTask(job, each => each.state === 'running', { timeoutMs: 60_000 });
  return { job, allocId: task.allocId, variables };
}

async function showResult(
  demo: DemoLab,
  lines: readonly string[],
  write: (text: string) => void,
): Promise<void> {
  write(`\n$ ${environmentLine(demo)}\n`);
  const environment = { NOMAD_ADDR: demo.address, PATH: `${dirname(demo.nomad)}:${process.env['PATH']}` };
  for (const line of lines) {
    if (!(await showCommand(line, environment, write))) throw new Error(`The command failed: ${line}`);
  }
}
