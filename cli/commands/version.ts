import type { Command } from 'commander';
import { EXIT_CODES } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import type { RunCommand } from '../run-command.ts';

/** `nomad-vm version`. */
export function addVersionCommand(program: Command, io: CliIo, run: RunCommand): void {
  program
    .command('version')
    .description('print the version of this program, which is also the plugin')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ nomad-vm version --json')
    .action((options: { readonly json?: boolean }) =>
      run(async () => {
        io.writeOut(
          options.json ? `${JSON.stringify({ version: io.version })}\n` : `nomad-driver-vm ${io.version}\n`,
        );
        return EXIT_CODES.ok;
      }),
    );
}
