import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { MAGIC_COOKIE_NAME, MAGIC_COOKIE_VALUE } from '../../driver/handshake.ts';
import { TaskStore } from '../../driver/task-store.ts';
import { NomadClient } from '../../test/driver/nomad-client.ts';
import { EXECUTABLE } from '../../test/lab/driver-lab.ts';
import { createLab, type Lab } from '../../test/lab/lab.ts';
import type { NomadAgent } from '../../test/lab/nomad/agent.ts';
import { labImage, labNomad } from '../../test/lab/settings.ts';

/** A lab whose agent has both drivers, ours as `vm` and the built-in `qemu`, and one more plugin that we talk to ourselves. */
export interface BenchLab extends AsyncDisposable {
  readonly lab: Lab;
  readonly nomad: NomadAgent;
  /** The tiny guest, read-only. */
  readonly image: string;
  /** A copy for the built-in driver, whose guests write to it. */
  readonly imageCopy: string;
  /** Where the agent's plugin keeps a folder for each VM. */
  readonly stateRoot: string;
  /** A plugin that no agent knows of. */
  readonly plugin: NomadClient;
  /** What that plugin has on record. */
  readonly store: TaskStore;
  /** The command line that runs `argv` in the lab's network. */
  inside(argv: readonly string[]): readonly string[];
}

/** Everything in it ends and vanishes with it, and with this process. */
export async function createBenchLab(report: (message: string) => void): Promise<BenchLab> {
  await using stack = new AsyncDisposableStack();
  const image = await labImage('tiny', process.env, report);
  const executablePath = await labNomad(process.env, report);
  const lab = stack.use(await createLab());
  const imageCopy = join(lab.folder, 'tiny.qcow2');
  await copyFile(image, imageCopy);
  const stateRoot = join(lab.folder, 'state');
  const nomad = await lab.startNomad({
    executablePath,
    plugins: [
      {
        fileName: 'nomad-driver-vm',
        executablePath: EXECUTABLE,
        config: `
          image_paths = [${JSON.stringify(dirname(image))}]
          state_dir   = ${JSON.stringify(stateRoot)}
          run_dir     = ${JSON.stringify(join(lab.folder, 'run'))}`,
      },
    ],
    drivers: ['vm', 'qemu'],
    extraConfig: `
      plugin "qemu" {
        config { image_paths = [${JSON.stringify(lab.folder)}] }
      }`,
  });
  const inside = (argv: readonly string[]) => [
    'nsenter',
    `--target=${nomad.pid}`,
    '--net',
    '--mount',
    '--',
    ...argv,
  ];
  const folder = join(lab.folder, 'direct');
  const roots = { stateRoot: join(folder, 'state'), runRoot: join(folder, 'run') };
  const plugin = stack.use(await startPluginInside(inside([EXECUTABLE]), folder));
  await plugin.configure({
    image_paths: [dirname(image)],
    state_dir: roots.stateRoot,
    run_dir: roots.runRoot,
  });

  const kept = stack.move();
  return {
    lab,
    nomad,
    image,
    imageCopy,
    stateRoot,
    plugin,
    store: new TaskStore(roots, () => undefined),
    inside,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function startPluginInside(argv: readonly string[], folder: string): Promise<NomadClient> {
  await mkdir(folder);
  const [command = '', ...rest] = argv;
  const child = spawn(command, rest, {
    env: { PATH: process.env['PATH'], TMPDIR: folder, [MAGIC_COOKIE_NAME]: MAGIC_COOKIE_VALUE },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit').then(([code]) => [code]);
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), ended]);
  if (typeof line !== 'string') throw new Error(`Cannot start the plugin: it ended with status ${line}`);
  return new NomadClient(child, line, folder);
}
