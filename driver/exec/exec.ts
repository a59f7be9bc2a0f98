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
  return runInGuest(target, request);
}
