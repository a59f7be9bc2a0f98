import { resolve } from 'node:path';
import type { Command } from 'commander';
import { parseListenAddress } from '../../cloudinit-server/listen-address.ts';
import { createJsonLog } from '../../cloudinit-server/server-log.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import type { RunCommand } from '../run-command.ts';

interface ServeOptions {
  readonly seeds: string;
  readonly listen: string;
}

/** `nomad-vm serve`: the seed server, until the user stops it. */
export function addServeCommand(program: Command, io: CliIo, run: RunCommand): void {
  program
    .command('serve')
    .description('serve cloud-init seeds to VMs over HTTP, until stopped; the log is JSON, one object a line')
    .requiredOption('--seeds <dir>', 'folder that holds one folder for each VM')
    .requiredOption('--listen <host:port>', 'where guests reach it, such as 0.0.0.0:8000')
    .addHelpText('after', '\nExample:\n  $ nomad-vm serve --seeds /srv/seeds --listen 192.168.1.10:8000')
    .action((options: ServeOptions) => run(() => serve(options, io)));
}

async function serve({ seeds, listen }: ServeOptions, io: CliIo) {
  // Brings fastify, which no other command needs.
  const { startSeedServer } = await import('../../cloudinit-server/start-seed-server.ts');
  const server = await startSeedServer({
    seedsDir: resolve(io.cwd, seeds),
    listen: parseListenAddress(listen),
    log: createJsonLog(io.writeOut),
    signal: io.signal,
  });
  await server.closed;
  return EXIT_CODES.ok;
}
