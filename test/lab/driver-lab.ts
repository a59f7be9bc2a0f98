import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TaskRecord } from '../../driver/task-record.ts';
import { TaskStore } from '../../driver/task-store.ts';
import { createLab, type Lab } from './lab.ts';
import type { NomadAgent } from './nomad/agent.ts';
import type { TaskSnapshot } from './nomad/task.ts';
import { labImage, labNomad } from './settings.ts';

/** The executable that ships: what is tested is what users get. */
export const EXECUTABLE = join(import.meta.dirname, '../../dist/nomad-driver-vm');

/** A lab with everything a user has: an agent with our plugin under both names, seeds and their server. */
export interface DriverLab extends AsyncDisposable {
  readonly lab: Lab;
  readonly nomad: NomadAgent;
  readonly tinyImage: string;
  readonly seedServer: string;
  readonly seedsFolder: string;
  /** A folder of the lab's own that the plugin takes images from. */
  readonly imagesFolder: string;
  /** Writes files of a seed, such as `writeSeed('alice', { 'user-data': '…' })`. */
  writeSeed(name: string, files: Readonly<Record<string, string>>): Promise<void>;
  /** What the plugin has on record of the VM of an allocation. */
  record(allocId: string): TaskRecord;
  /** Waits until the guest of a job's newest task has printed something; returns the task. */
  waitForConsole(job: string, text: string | RegExp, timeoutMs?: number): Promise<TaskSnapshot>;
}

/** @param seedServer `none` leaves port 8000 free for a server that the test starts in its own way. */
export async function createDriverLab(
  options: { readonly seedServer?: 'ours' | 'none' } = {},
): Promise<DriverLab> {
  await using stack = new AsyncDisposableStack();
  const tinyImage = await labImage('tiny', process.env);
  const nomadPath = await labNomad(process.env);
  const lab = stack.use(await createLab());
  const seedsFolder = join(lab.folder, 'seeds');
  const roots = { stateRoot: join(lab.folder, 'state'), runRoot: join(lab.folder, 'run') };
  const seedServer = `http://${lab.gateway}:8000/`;
  const imagesFolder = join(lab.folder, 'images');
  await mkdir(seedsFolder);
  await mkdir(imagesFolder);
  if (options.seedServer !== 'none') {
    await lab.spawn('seeds', [
      EXECUTABLE,
      'serve',
      '--seeds',
      seedsFolder,
      '--listen',
      `${lab.gateway}:8000`,
    ]);
  }
  const config = `
    image_paths      = ${JSON.stringify([dirname(tinyImage), imagesFolder])}
    state_dir        = ${JSON.stringify(roots.stateRoot)}
    run_dir          = ${JSON.stringify(roots.runRoot)}
    cloudinit_server = ${JSON.stringify(seedServer)}`;
  const nomad = await lab.startNomad({
    executablePath: nomadPath,
    plugins: [
      {
        fileName: 'nomad-driver-vm',
        executablePath: EXECUTABLE,
        config: `${config}\n    args_allowlist = ["-device isa-debug-exit,*"]`,
      },
      { fileName: 'qemu', executablePath: EXECUTABLE, config },
    ],
    drivers: ['vm', 'qemu'],
  });
  const store = new TaskStore(roots, () => undefined);

  const kept = stack.move();
  return {
    lab,
    nomad,
    tinyImage,
    seedServer,
    seedsFolder,
    imagesFolder,
    writeSeed: async (name, files) => {
      await mkdir(join(seedsFolder, name), { recursive: true });
      for (const [file, text] of Object.entries(files)) await writeFile(join(seedsFolder, name, file), text);
    },
    record: allocId => {
      const record = store.list().find(candidate => candidate.allocId === allocId);
      if (record === undefined) throw new Error(`The plugin has no record of allocation "${allocId}"`);
      return record;
    },
    waitForConsole: (job, text, timeoutMs = 90_000) => waitForConsole(nomad, job, text, timeoutMs),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function waitForConsole(
  nomad: NomadAgent,
  job: string,
  text: string | RegExp,
  timeoutMs: number,
): Promise<TaskSnapshot> {
  const deadline = performance.now() + timeoutMs;
  let shown = '';
  while (performance.now() < deadline) {
    const task = await nomad.waitForTask(job, ({ events }) => events.length > 0, { timeoutMs });
    shown = await nomad.logs(task.allocId, 'stdout');
    if (typeof text === 'string' ? shown.includes(text) : text.test(shown)) return task;
    // A service that failed for good will not print it; one that was stopped may be about to start again.
    if (task.state === 'dead' && task.failed) break;
    await delay(200);
  }
  const tasks = JSON.stringify(await nomad.tasks(job), undefined, 1);
  throw new Error(
    `The guest of job "${job}" did not print ${text}; its console: ${shown.slice(-2000)}; tasks: ${tasks}`,
  );
}
