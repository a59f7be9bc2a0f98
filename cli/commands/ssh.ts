import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { SshTarget } from '../../cloudinit-server/admin/ssh-target.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import type { RunCommand } from '../run-command.ts';
import { buildHostAlias, buildSshArguments } from '../ssh-arguments.ts';
import { type AdminApiOptions, addAdminOptions, askServer, encodeSeed } from './admin-api.ts';

interface SshOptions extends AdminApiOptions {
  readonly user?: string;
  readonly identity?: string;
  readonly option: readonly string[];
  readonly json?: boolean;
}

const HELP = `
The host keys are those that the VM told the seed server, checked against its console where a driver reports that. ssh
believes these and no others: never a question, never "host key changed" for a VM that was made anew. It has the VM's
name, so "Host" blocks of your ssh configuration count.

The exit code is that of ssh: that of the command, or 255.

Examples:
  $ nomad-vm ssh alice -l debian
  $ nomad-vm ssh alice -l debian -- sudo cloud-init status --long
  $ nomad-vm ssh alice -l debian -o ForwardAgent=yes`;

/** `nomad-vm ssh`: logs in to a VM whose host keys the seed server knows. */
export function addSshCommand(program: Command, io: CliIo, run: RunCommand): void {
  const command = program
    .command('ssh')
    .description('log in to a VM by ssh, with the host keys that the seed server knows')
    .argument('<vm>', 'path of its seed, or identity of a registered VM')
    .argument('[command...]', 'what to run there, after "--"')
    .option('-l, --user <name>', 'who to log in as')
    .option('-i, --identity <file>', 'private key to log in with')
    .option('-o, --option <option>', 'option of ssh, such as Port=2222; may be repeated', collect, [])
    .option('--json', 'print address and host keys as JSON instead');
  addAdminOptions(command, io)
    .addHelpText('after', HELP)
    .action((vm: string, words: readonly string[], options: SshOptions) =>
      run(() => connect(vm, words, options, io)),
    );
}

async function connect(
  vm: string,
  command: readonly string[],
  options: SshOptions,
  io: CliIo,
): Promise<ExitCode> {
  const text = await askServer(
    options,
    { aim: `connect to "${vm}"`, path: `/vms/${encodeSeed(vm)}/ssh` },
    io,
  );
  if (options.json) {
    io.writeOut(`${text}\n`);
    return EXIT_CODES.ok;
  }
  // Our own server's answer, of the same version.
  const { name, address, host_keys: hostKeys, warning } = JSON.parse(text) as SshTarget;
  if (isIP(address) === 0) throw new Error(`Cannot connect to "${vm}": the server names no address of it`);
  if (warning !== null) io.writeError(`nomad-vm: "${name}": ${warning}\n`);
  const folder = mkdtempSync(join(tmpdir(), 'nomad-vm-ssh-'));
  try {
    const knownHostsFile = join(folder, 'known_hosts');
    writeFileSync(knownHostsFile, hostKeys.map(key => `${buildHostAlias(name)} ${key}\n`).join(''));
    const { user, identity, option } = options;
    const facts = { name, address, knownHostsFile, user, identityFile: identity, options: option, command };
    return await io.runProgram('ssh', buildSshArguments(facts));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
