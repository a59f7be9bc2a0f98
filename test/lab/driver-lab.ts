import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type DriverNode, type ExtraNode, startDriverNode } from './driver-node.ts';
import { createLab, type Lab } from './lab.ts';
import type { LabProcess } from './lab-process.ts';
import type { NomadAgent } from './nomad/agent.ts';
import type { TaskSnapshot } from './nomad/task.ts';
import { labImage, labNomad } from './settings.ts';
import { waitUntil } from './wait-until.ts';

/** The executable that ships: what is tested is what users get. */
export const EXECUTABLE = join(import.meta.dirname, '../../dist/nomad-driver-vm');

/** How a lab is to differ from what a user has. */
export interface DriverLabOptions {
  /** `none` leaves it to the test to start a server, with `startSeeds` or in its own way. @default ours */
  readonly seedServer?: 'ours' | 'none';
  /** Whether driver `vm` registers VMs with the seed server; driver `qemu` never does. @default true */
  readonly registers?: boolean;
  /** HCL that is appended to the configuration of the agent with the server in it. */
  readonly serverConfig?: string;
}

/** A lab with everything a user has: an agent with our plugin under both names, seeds and their server. */
export interface DriverLab extends DriverNode, AsyncDisposable {
  readonly lab: Lab;
  readonly tinyImage: string;
  readonly seedServer: string;
  readonly seedsFolder: string;
  /** What the server remembers, and its token for drivers. */
  readonly seedState: string;
  /** A folder of the lab's own that the plugin takes images from. */
  readonly imagesFolder: string;
  /** Starts the seed server: for guests, drivers, and people of the lab at 127.0.0.1:8001. @param options more of them */
  startSeeds(...options: readonly string[]): Promise<LabProcess>;
  /** Writes files of a seed, such as `writeSeed('alice', { 'user-data': '…' })`. */
  writeSeed(name: string, files: Readonly<Record<string, string>>): Promise<void>;
  /** Starts one more node in the same LAN, with plugins, records and disks of its own. */
  addNode(extra: ExtraNode): Promise<DriverNode>;
  /** Waits until the guest of a job's newest task has printed something; returns the task. */
  waitForConsole(job: string, text: string | RegExp, timeoutMs?: number): Promise<TaskSnapshot>;
}

/** Brings it up, in some ten seconds. */
export async function createDriverLab(options: DriverLabOptions = {}): Promise<DriverLab> {
  await using stack = new AsyncDisposableStack();
  const tinyImage = await labImage('tiny', process.env);
  const nomadPath = await labNomad(process.env);
  const lab = stack.use(await createLab());
  const seedsFolder = join(lab.folder, 'seeds');
  const seedServer = `http://${lab.gateway}:8000/`;
  const imagesFolder = join(lab.folder, 'images');
  await mkdir(seedsFolder);
  await mkdir(imagesFolder);
  const seedState = join(lab.folder, 'seed-state');
  const startSeeds = async (...options: readonly string[]) => {
    const folders = ['--seeds', seedsFolder, '--state', seedState];
    const addresses = ['--listen', `${lab.gateway}:8000`, '--drivers', `${lab.gateway}:8002`];
    const server = await lab.spawn('seeds', [
      ...[EXECUTABLE, 'serve', ...folders, ...addresses],
      ...['--admin', '127.0.0.1:8001', ...options],
    ]);
    const ports = [8000, 8001, 8002].map(port => `sport = :${port}`).join(' or ');
    const isListening = async () => {
      const { stdout } = await lab.exec(['ss', '--no-header', '--tcp', '--listening', '--numeric', ports]);
      return stdout.split('\n').length === 3 ? true : undefined;
    };
    await waitUntil('the seed server to listen', isListening, AbortSignal.timeout(20_000));
    return server;
  };
  if (options.seedServer !== 'none') await startSeeds();
  const common = {
    executablePath: nomadPath,
    pluginPath: EXECUTABLE,
    config: `
    image_paths      = ${JSON.stringify([dirname(tinyImage), imagesFolder])}
    cloudinit_server = ${JSON.stringify(seedServer)}`,
    vmConfig: `
    ${options.registers === false ? '' : renderApi(lab, seedState)}
    args_allowlist = ["-device isa-debug-exit,*"]`,
  };
  const node = await startDriverNode(lab, { ...common, extraConfig: options.serverConfig });

  const kept = stack.move();
  return {
    ...node,
    lab,
    tinyImage,
    seedServer,
    seedsFolder,
    seedState,
    startSeeds,
    imagesFolder,
    writeSeed: async (name, files) => {
      await mkdir(join(seedsFolder, name), { recursive: true });
      for (const [file, text] of Object.entries(files)) await writeFile(join(seedsFolder, name, file), text);
    },
    addNode: extra => startDriverNode(lab, { ...common, extra }),
    waitForConsole: (job, text, timeoutMs = 90_000) => waitForConsole(node.nomad, job, text, timeoutMs),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function renderApi(lab: Lab, seedState: string): string {
  return `
    cloudinit_api {
      url        = "http://${lab.gateway}:8002/"
      token_file = ${JSON.stringify(join(seedState, 'drivers-token'))}
    }`;
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
