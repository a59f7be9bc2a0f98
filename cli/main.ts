import { Command, CommanderError } from 'commander';
import { readMessage } from '../qemu/error-message.ts';
import { addBumpCommand } from './commands/bump.ts';
import { addCheckCommand } from './commands/check.ts';
import { addDiskCommand } from './commands/disk.ts';
import { addForgetCommand } from './commands/forget.ts';
import { addKnownHostsCommand } from './commands/known-hosts.ts';
import { addListCommand } from './commands/list.ts';
import { addMacCommand } from './commands/mac.ts';
import { addNewCommand } from './commands/new.ts';
import { addRenderCommand } from './commands/render.ts';
import { addServeCommand } from './commands/serve.ts';
import { addSshCommand } from './commands/ssh.ts';
import { addVersionCommand } from './commands/version.ts';
import { addWaitCommand } from './commands/wait.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import type { CliIo } from './io.ts';
import type { RunCommand } from './run-command.ts';

/**
 * Runs the command line `nomad-vm`.
 *
 * @param argv what the user typed after the program's name.
 * @returns the exit code; never throws for what a user can do wrong.
 */
export async function runCli(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT_CODES.ok;
  const run: RunCommand = async work => {
    exitCode = await work();
  };
  try {
    await buildProgram(io, run).parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has written its own message, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.ok : EXIT_CODES.usage;
    io.writeError(`nomad-vm: ${readMessage(error)}\n`);
    return EXIT_CODES.failed;
  }
}

function buildProgram(io: CliIo, run: RunCommand): Command {
  const program = new Command('nomad-vm')
    .description('Virtual machines on a Nomad cluster: job files, MAC addresses and cloud-init seeds.')
    .exitOverride()
    .configureOutput({
      writeOut: io.writeOut,
      writeErr: io.writeError,
      getOutHasColors: () => io.isTerminal,
      getErrHasColors: () => io.isTerminal,
    })
    .showHelpAfterError('(nomad-vm --help lists the commands, nomad-vm COMMAND --help its options)')
    .addHelpText('after', EXAMPLES);
  for (const add of [
    addServeCommand,
    addListCommand,
    addWaitCommand,
    addKnownHostsCommand,
    addSshCommand,
    addBumpCommand,
    addForgetCommand,
    addCheckCommand,
    addRenderCommand,
    addMacCommand,
    addNewCommand,
    addDiskCommand,
    addVersionCommand,
  ]) {
    add(program, io, run);
  }
  return program;
}

const EXAMPLES = `
Examples:
  $ nomad-vm new alice            a job file and a cloud-init seed for a new VM
  $ nomad-vm check jobs/*.hcl     what is wrong with job files, before they run
  $ nomad-vm mac jobs/alice.hcl   the MAC addresses for the DHCP server
  $ nomad-vm render alice --seeds seeds
  $ nomad-vm serve --seeds seeds --listen 0.0.0.0:8000
  $ nomad-vm wait alice           until alice's cloud-init has ended

Exit codes: 0 all is well, 1 something is wrong, 2 wrong usage.`;
