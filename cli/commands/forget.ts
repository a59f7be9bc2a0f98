import type { Command } from 'commander';
import type { ForgetPlan } from '../../cloudinit-server/forget/vm-forgetting.ts';
import { confirm } from '../confirm.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import type { RunCommand } from '../run-command.ts';
import { type AdminApiOptions, addAdminOptions, askServer, encodeSeed } from './admin-api.ts';

interface ForgetOptions extends AdminApiOptions {
  readonly yes?: boolean;
  readonly json?: boolean;
}

const HELP = `
The seed server knows when a VM is gone that a driver has registered. Of any other one somebody has to say so, once its
folder is removed. It first says what will happen, and asks; with --json it does not ask, and without --yes it changes nothing.

Examples:
  $ nomad-vm forget alice
  $ nomad-vm forget default/web/vm/vm/0 --yes
  $ nomad-vm forget alice --json --yes`;

/** `nomad-vm forget`: removes what the seed server knows of a VM that is no more. */
export function addForgetCommand(program: Command, io: CliIo, run: RunCommand): void {
  const command = program
    .command('forget')
    .description('remove what the seed server knows of a VM that is no more')
    .argument('<vm>', "path of the VM's seed, or its identity where a driver has registered it")
    .option('-y, --yes', 'do it without asking')
    .option('--json', 'print JSON');
  addAdminOptions(command, io)
    .addHelpText('after', HELP)
    .action((vm: string, options: ForgetOptions) => run(() => forget(vm, options, io)));
}

async function forget(vm: string, options: ForgetOptions, io: CliIo): Promise<ExitCode> {
  const request = { aim: `forget "${vm}"`, path: `/vms/${encodeSeed(vm)}/forget` };
  const text = await askServer(options, request, io);
  if (options.json && !options.yes) {
    io.writeOut(`${text}\n`);
    return EXIT_CODES.ok;
  }
  // Our own server's answer, of the same version.
  if (!options.json) io.writeOut(describe(JSON.parse(text) as ForgetPlan));
  if (!options.yes && !(await confirm(request.aim, io))) {
    io.writeOut('nothing was changed\n');
    return EXIT_CODES.failed;
  }
  const done = await askServer(options, { ...request, method: 'POST' }, io);
  io.writeOut(options.json ? `${done}\n` : `${vm}: forgotten\n`);
  return EXIT_CODES.ok;
}

function describe({ vm, effects }: ForgetPlan): string {
  return [`${vm}: what forgetting it does:`, ...effects.map(effect => `- ${effect}`), ''].join('\n');
}
