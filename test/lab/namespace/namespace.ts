import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { sweepDeadLabs } from './sweep.ts';

/** The start of every lab's name, and of its folder's. */
export const labPrefix = 'nomad-vm-lab-';

/** A network namespace with the bridge `br0` (10.77.0.1/24), and a mount namespace in which sysfs shows it. */
export interface Namespace extends AsyncDisposable {
  /** Unique; also the name `ip netns` knows. */
  readonly name: string;
  /** Holds everything the lab writes; removed with it. */
  readonly folder: string;
  /** The command line that runs `argv` inside. The command must be an absolute path or found on PATH. */
  inside(argv: readonly string[]): readonly [string, ...string[]];
}

/**
 * Makes a namespace that lives no longer than this process: hold.sh, which owns it, ends it when we dispose of it or
 * die. Also removes what earlier holders that were killed left behind.
 *
 * @throws when it cannot be made, with what the shell said
 */
export async function createNamespace(): Promise<Namespace> {
  await sweepDeadLabs(tmpdir(), labPrefix);
  const folder = await mkdtemp(join(tmpdir(), labPrefix));
  const name = basename(folder);
  // A session of its own, so that Ctrl-C reaches us and not it.
  const holder = spawn('sh', [join(import.meta.dirname, 'hold.sh'), name, folder], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const pid = await readyPid(holder, name);
  return {
    name,
    folder,
    inside: argv => ['nsenter', `--target=${pid}`, '--net', '--mount', '--', ...argv],
    [Symbol.asyncDispose]: async () => {
      if (holder.exitCode !== null || holder.signalCode !== null) return;
      holder.stdin.end();
      await once(holder, 'exit', { signal: AbortSignal.timeout(30_000) });
    },
  };
}

async function readyPid(holder: ChildProcess, name: string): Promise<number> {
  let errors = '';
  holder.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  if (holder.stdout === null) throw new Error('hold.sh was started without standard output');
  for await (const line of createInterface({ input: holder.stdout })) {
    const pid = /^ready (\d+)$/.exec(line)?.[1];
    if (pid !== undefined) return Number(pid);
  }
  throw new Error(`Cannot make the network namespace "${name}": ${errors.trim()}`);
}
