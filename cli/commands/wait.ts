import { setTimeout as delay } from 'node:timers/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { VmSummary } from '../../cloudinit-server/admin/vm-report.ts';
import { WAIT_GOALS, type WaitGoal, type WaitOutcome } from '../../cloudinit-server/admin/wait-goal.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import type { RunCommand } from '../run-command.ts';
import { type AdminApiOptions, addAdminOptions, askServer, encodeSeed } from './admin-api.ts';

interface WaitOptions extends AdminApiOptions {
  readonly for: WaitGoal;
  readonly timeout: number;
  readonly since?: string;
  readonly json?: boolean;
}

/** One request waits this long at most; a server that restarts meanwhile is asked again. */
const REQUEST_SECONDS = 30;
/** Between two requests while the server can't be reached. */
const RETRY_MS = 1000;

const HELP = `
seed: it has fetched its seed. activated: cloud-init works on it. ready: cloud-init has ended. success: it has ended,
and no step of it failed.

What counts is the VM's newest boot; --since leaves out boots of before.

Examples:
  $ nomad-vm wait alice --for ready --timeout 300
  $ nomad-vm wait alice --since "$(date -Is)" & nomad job run alice.hcl`;

/** `nomad-vm wait`: until the boot of a VM has come as far as wanted. */
export function addWaitCommand(program: Command, io: CliIo, run: RunCommand): void {
  const command = program
    .command('wait')
    .description('wait until a VM has come as far as wanted; exit code 1 when it has not in time')
    .argument('<vm>', "path of the VM's seed, or identity of a registered VM")
    .addOption(new Option('--for <what>', 'what to wait for').choices(WAIT_GOALS).default('ready'))
    .option('--timeout <seconds>', 'how long at most', parseSeconds, 300)
    .option('--since <time>', 'leave out boots that began before, such as 2026-01-31T12:00:00Z')
    .option('--json', 'print JSON');
  addAdminOptions(command, io)
    .addHelpText('after', HELP)
    .action((seed: string, options: WaitOptions) => run(() => wait(seed, options, io)));
}

async function wait(seed: string, options: WaitOptions, io: CliIo): Promise<ExitCode> {
  const deadline = performance.now() + options.timeout * 1000;
  for (;;) {
    const leftSeconds = Math.max(0, (deadline - performance.now()) / 1000);
    const answer = await ask(seed, Math.min(leftSeconds, REQUEST_SECONDS), options, io).catch(
      async (error: unknown) => {
        // It may be about to start again; what it refuses it refuses for good.
        const mayPass = error instanceof Error && error.message.startsWith('Cannot reach');
        if (!mayPass || leftSeconds === 0) throw error;
        await delay(Math.min(RETRY_MS, leftSeconds * 1000), undefined, { signal: io.signal });
        return undefined;
      },
    );
    if (answer === undefined || (answer.outcome === 'waiting' && leftSeconds > 0)) continue;
    if (options.json) io.writeOut(`${JSON.stringify(answer)}\n`);
    else (answer.outcome === 'reached' ? io.writeOut : io.writeError)(describe(answer, options));
    return answer.outcome === 'reached' ? EXIT_CODES.ok : EXIT_CODES.failed;
  }
}

interface WaitAnswer extends VmSummary {
  readonly outcome: WaitOutcome;
}

async function ask(seed: string, seconds: number, options: WaitOptions, io: CliIo): Promise<WaitAnswer> {
  const query = new URLSearchParams({ for: options.for, timeout: String(Math.ceil(seconds)) });
  if (options.since !== undefined) query.set('since', options.since);
  const text = await askServer(
    options,
    { aim: `wait for "${seed}"`, path: `/vms/${encodeSeed(seed)}/wait?${query}` },
    io,
  );
  // Our own server's answer, of the same version.
  return JSON.parse(text) as WaitAnswer;
}

function describe(answer: WaitAnswer, { for: goal, timeout }: WaitOptions): string {
  const findings = answer.findings.map(({ text }) => `${answer.name}: ${text}\n`).join('');
  if (answer.outcome === 'reached') {
    const took = answer.ready_after_s === null ? '' : ` after ${Math.round(answer.ready_after_s)} s`;
    return `${answer.name}: ${answer.stage}${took}, ${answer.address}\n${findings}`;
  }
  if (answer.outcome === 'failed') return `${answer.name}: cloud-init ended with failures\n${findings}`;
  const where = answer.stage === null ? NEVER_ASKED : `it is at "${answer.stage}"`;
  return `${answer.name}: not "${goal}" within ${timeout} s: ${where}\n${findings}`;
}

const NEVER_ASKED =
  'it never asked for its seed; it does not run, has no network, cannot reach the server, or its cloud-init is disabled or 23.4.0 to 23.4.3';

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (/^\d+$/.test(text) && seconds <= 86_400) return seconds;
  throw new InvalidArgumentError('Write whole seconds, at most 86400.');
}
