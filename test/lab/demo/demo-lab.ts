import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createLab, type Lab } from '../lab.ts';
import type { NomadAgent } from '../nomad/agent.ts';
import { startRelay } from '../relay.ts';
import { labImage, labNomad } from '../settings.ts';
import { findFreePort } from './free-port.ts';
import type { Progress } from './progress.ts';
import { type DemoSeeds, prepareSeeds, writeSshConfig } from './seeds.ts';

/** A lab with all that the demo's jobs need. */
export interface DemoLab extends AsyncDisposable {
  readonly lab: Lab;
  readonly agent: NomadAgent;
  readonly nomad: string;
  readonly seeds: DemoSeeds;
  readonly sshConfig: string;
  /** Nomad's address for other terminals of the host. */
  readonly address: string;
  /** Values for the variables that job files may declare. */
  readonly variables: Readonly<Record<string, string>>;
}

const repository = join(import.meta.dirname, '..', '..', '..');
const listen = '10.77.0.1:8000';
const drivers = '10.77.0.1:8002';

/** Brings the demo's lab up: everything but the jobs. */
export async function createDemoLab(progress: Progress): Promise<DemoLab> {
  await using stack = new AsyncDisposableStack();
  const report = (message: string) => progress.note(message);
  const nomad = await labNomad(process.env, report);
  const image = await labImage('debian-12', process.env, report);
  const tinyImage = await labImage('tiny', process.env, report);
  const executable = join(repository, 'dist', 'nomad-driver-vm');

  const lab = stack.use(await progress.step('LAN: bridge br0, DHCP server 10.77.0.1', createLab));
  const seeds = await prepareSeeds(join(repository, 'seeds'), lab.folder);
  const sshConfig = await writeSshConfig(lab.folder, seeds.privateKey);
  const nomadVm = join(lab.folder, 'bin', 'nomad-vm');
  await mkdir(dirname(nomadVm));
  await copyFile(executable, nomadVm);

  // The same port inside and outside: `nomad alloc logs` goes to the address that the node names.
  const port = await findFreePort(14646);
  const agent = await progress.step('Nomad, with the plugin "nomad-driver-vm"', () =>
    lab.startNomad({
      executablePath: nomad,
      httpPort: port,
      drivers: ['vm'],
      plugins: [
        {
          fileName: 'nomad-driver-vm',
          executablePath: executable,
          config: renderPluginConfig(lab, dirname(image)),
        },
      ],
    }),
  );
  const relay = await startRelay({ host: '127.0.0.1', port }, { path: agent.socketPath });
  stack.defer(() => {
    relay.close();
  });

  const kept = stack.move();
  return {
    lab,
    agent,
    nomad,
    seeds,
    sshConfig,
    address: `http://127.0.0.1:${port}`,
    variables: {
      image,
      tiny_image: tinyImage,
      cloudinit_server: `http://${listen}/`,
      bridge: lab.bridge,
      nomad_vm: nomadVm,
      seeds: seeds.folder,
      state: stateFolder(lab),
      listen,
      drivers,
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function renderPluginConfig(lab: Lab, images: string): string {
  const settings = {
    image_paths: [images],
    state_dir: join(lab.folder, 'state'),
    run_dir: join(lab.folder, 'run'),
    cloudinit_server: `http://${listen}/`,
  };
  const api = { url: `http://${drivers}/`, token_file: join(stateFolder(lab), 'drivers-token') };
  return `${renderSettings(settings)}\n    cloudinit_api {\n${renderSettings(api)}\n    }`;
}

function renderSettings(settings: Readonly<Record<string, unknown>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `    ${name} = ${JSON.stringify(value)}`)
    .join('\n');
}

/** Of the seed server, which makes its token for drivers there. */
function stateFolder(lab: Lab): string {
  return join(lab.folder, 'seed-state');
}
