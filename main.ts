#!/usr/bin/env node
/**
 * The one executable with two faces: a Nomad plugin when Nomad's agent starts it, the command line otherwise.
 */
import { tmpdir } from 'node:os';
import { basename } from 'node:path';
import { hasMagicCookie, MAGIC_COOKIE_NAME } from './driver/handshake.ts';
import { runPlugin } from './driver/plugin.ts';
import { createPluginLog, describeError } from './driver/plugin-log.ts';
import packageJson from './package.json' with { type: 'json' };

const userArguments = process.argv.slice(2);
const isPlugin = userArguments.length === 0 && hasMagicCookie(process.env);
// Nothing that we start may take itself for a plugin.
delete process.env[MAGIC_COOKIE_NAME];

// No top-level await: the executable's loader takes CommonJS only.
void (isPlugin ? servePlugin() : serveCommandLine());

async function servePlugin(): Promise<void> {
  // Once the agent is gone nobody reads these pipes, and an unhandled EPIPE would end the plugin.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  // Ctrl-C on a foreground agent reaches its whole process group; the agent itself tells us when to end.
  process.on('SIGINT', () => undefined);
  const log = createPluginLog(line => process.stderr.write(line));
  process.on('uncaughtException', error => log('error', 'unexpected error', { error: describeError(error) }));
  process.on('unhandledRejection', error =>
    log('error', 'unexpected rejection', { error: describeError(error) }),
  );
  await runPlugin({
    // The file's name chooses: installed as `qemu` it replaces Nomad's built-in driver of that name.
    personality: basename(process.argv0) === 'qemu' ? 'qemu' : 'vm',
    version: packageJson.version,
    socketDir: process.env['PLUGIN_UNIX_SOCKET_DIR'] ?? tmpdir(),
    log,
    writeHandshake: line => process.stdout.write(line),
  });
  process.exit(0);
}

async function serveCommandLine(): Promise<void> {
  // Loaded only here: a plugin must be up in a moment and needs none of it.
  const [{ runCli }, { runProgram }, { askUser }] = await Promise.all([
    import('./cli/main.ts'),
    import('./cli/run-program.ts'),
    import('./cli/ask-user.ts'),
  ]);
  // A collector of logs that goes away must not end the seed server, and "| head" is no failure.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  process.exitCode = await runCli(userArguments, {
    writeOut: text => process.stdout.write(text),
    writeError: text => process.stderr.write(text),
    isTerminal: process.stdout.isTTY,
    cwd: process.cwd(),
    ask: process.stdin.isTTY ? question => askUser(question, stop.signal) : undefined,
    runProgram: (program, argv) => runProgram(program, argv, stop.signal),
    signal: stop.signal,
    adminTokenFile: process.env['NOMAD_VM_ADMIN_TOKEN_FILE'],
    version: packageJson.version,
  });
}
