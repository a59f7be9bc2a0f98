import { DriverError } from '../errors.ts';
import { attachConsole } from './console-session.ts';
import type { ExecOutput, ExecRequest, ExecTarget } from './conversation.ts';
import { runInGuest } from './guest-command.ts';

/** The one word that is no command of the guest's. A program of that name can be run by its path. */
const CONSOLE = 'console';

/** Serves one `nomad alloc exec`: attaches to the console, or runs a command in the guest. */
export function exec(target: ExecTarget, request: ExecRequest): AsyncIterable<ExecOutput> {
  const [command, ...args] = request.command;
  if (command === undefined)
    throw new DriverError('unsupported', 'Cannot run a command in the VM: none was given');
  if (command === CONSOLE && args.length === 0) return attachConsole(target, request);
  if (request.isTerminal) {
    throw new DriverError(
      'unsupported',
      `Cannot give "${command}" a terminal: the guest agent has none; run it without by "nomad alloc exec -t=false", ` +
        'or log in by ssh or on the console by "nomad alloc exec -it ALLOC console"',
    );
  }
  return runInGuest(target, request);
}
