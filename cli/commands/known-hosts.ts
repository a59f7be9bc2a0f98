import type { Command } from 'commander';
import { EXIT_CODES } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import type { RunCommand } from '../run-command.ts';
import { addServerOption, askOpenly, type ServerOptions } from './admin-api.ts';

const HELP = `
The names are the VM's address and the last name of its seed; where several VMs have that name, the address only.

Examples:
  $ nomad-vm known-hosts > ~/.ssh/known_hosts.d/vms
  $ ssh -o KnownHostsCommand="/usr/local/bin/nomad-vm known-hosts" -o StrictHostKeyChecking=yes debian@10.77.0.56`;

/** `nomad-vm known-hosts`: the host keys that VMs have told, as ssh reads them. */
export function addKnownHostsCommand(program: Command, io: CliIo, run: RunCommand): void {
  const command = program
    .command('known-hosts')
    .description("print the VMs' ssh host keys, as known_hosts has them")
    .option('--json', 'print JSON');
  addServerOption(command)
    .addHelpText('after', HELP)
    .action((options: ServerOptions & { readonly json?: boolean }) =>
      run(async () => {
        const text = await askOpenly(options, { aim: 'read host keys', path: '/known_hosts' }, io);
        io.writeOut(
          options.json
            ? `${JSON.stringify(text.trimEnd().split('\n').filter(Boolean).map(toEntry))}\n`
            : text,
        );
        return EXIT_CODES.ok;
      }),
    );
}

function toEntry(line: string) {
  const [names = '', algorithm = '', key = ''] = line.split(' ');
  return { names: names.split(','), algorithm, key };
}
