import type { Command } from 'commander';
import type { BumpPlan } from '../../cloudinit-server/bump/plan-bump.ts';
import { confirm } from '../confirm.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import type { RunCommand } from '../run-command.ts';
import { type AdminApiOptions, addAdminOptions, askServer, encodeSeed } from './admin-api.ts';

interface BumpOptions extends AdminApiOptions {
  readonly yes?: boolean;
  readonly json?: boolean;
}

const HELP = `
A guest sets itself up once for each instance-id. A bump gives it another one, so that what was edited since is done.
It first says what will happen, and asks; with --json it does not ask, and without --yes it changes nothing.

Examples:
  $ nomad-vm bump alice
  $ nomad-vm bump default/web/vm/vm/0 --yes
  $ nomad-vm bump alice --json | jq -r '.todo[]'`;

/** `nomad-vm bump`: a new instance-id for a VM. */
export function addBumpCommand(program: Command, io: CliIo, run: RunCommand): void {
  const command = program
    .command('bump')
    .description('give a VM a new instance-id, so that its guest sets itself up anew')
    .argument('<vm>', "path of the VM's seed, or its identity where a driver has registered it")
    .option('-y, --yes', 'do it without asking')
    .option('--json', 'print JSON');
  addAdminOptions(command, io)
    .addHelpText('after', HELP)
    .action((vm: string, options: BumpOptions) => run(() => bump(vm, options, io)));
}

async function bump(vm: string, options: BumpOptions, io: CliIo): Promise<ExitCode> {
  const path = `/vms/${encodeSeed(vm)}/bump`;
  const text = await askServer(options, { aim: `bump "${vm}"`, path }, io);
  // Our own server's answer, of the same version.
  const plan = JSON.parse(text) as BumpPlan;
  if (options.json && !options.yes) {
    io.writeOut(`${text}\n`);
    return EXIT_CODES.ok;
  }
  if (!options.json) io.writeOut(describe(plan));
  if (!options.yes && !(await confirm(`bump "${plan.vm}"`, io))) {
    io.writeOut('nothing was changed\n');
    return EXIT_CODES.failed;
  }
  const from = new URLSearchParams({ from: plan.instance_id.from });
  const done = await askServer(options, { aim: `bump "${vm}"`, method: 'POST', path: `${path}?${from}` }, io);
  io.writeOut(options.json ? `${done}\n` : `${plan.vm}: its instance-id is now "${plan.instance_id.to}"\n`);
  return EXIT_CODES.ok;
}

function describe({ vm, instance_id: { from, to }, effects, todo }: BumpPlan): string {
  return [
    `${vm}: instance-id "${from}" -> "${to}"`,
    'What it does:',
    ...effects.map(effect => `- ${effect}`),
    'What is to be done for it:',
    ...todo.map(step => `- ${step}`),
    '',
  ].join('\n');
}
