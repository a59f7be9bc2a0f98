import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { parsePluginConfig } from '../../driver/config/plugin-config.ts';
import { parseTaskConfig } from '../../driver/config/task-config.ts';
import { buildIdentity } from '../../driver/vm-identity.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import type { RunCommand } from '../run-command.ts';
import { DISTRO_VM, renderJobFile } from '../template/job-template.ts';
import { renderMetaData, renderUserData } from '../template/seed-template.ts';
import { pickUnusedMac } from '../template/unused-mac.ts';

interface NewOptions {
  readonly dir: string;
  readonly seeds: string;
  readonly image: string;
  readonly bridge: string;
  readonly server: string;
  readonly sshKey?: string;
  readonly json?: boolean;
}

const HELP = `
Examples:
  $ nomad-vm new alice
  $ nomad-vm new alice --ssh-key ~/.ssh/id_ed25519.pub --bridge br1 --server http://192.168.1.10:8000/`;

/** `nomad-vm new`: a job file and a seed folder for the next VM. */
export function addNewCommand(program: Command, io: CliIo, run: RunCommand): void {
  program
    .command('new')
    .description(
      'write a job file and a cloud-init seed for a new VM, with a MAC address that is not in use yet',
    )
    .argument('<name>', "the VM's name: letters, digits and dashes, as in a host name", parseName)
    .option('--dir <dir>', 'folder of job files', 'jobs')
    .option('--seeds <dir>', "the seed server's folder", 'seeds')
    .option('--image <path>', 'disk image on the node', DISTRO_VM.image)
    .option('--bridge <name>', 'bridge on the node', DISTRO_VM.bridge)
    .option('--server <url>', 'URL of the seed server, as guests reach it', DISTRO_VM.server)
    .option('--ssh-key <file>', 'public key that may log in')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action((name: string, options: NewOptions) => run(() => createVm(name, options, io)));
}

async function createVm(name: string, options: NewOptions, io: CliIo): Promise<ExitCode> {
  const jobs = resolve(io.cwd, options.dir);
  const job = join(options.dir, `${name}.hcl`);
  const seed = join(options.seeds, name);
  for (const path of [job, seed]) {
    if (!(await exists(resolve(io.cwd, path)))) continue;
    throw new Error(`Cannot make VM "${name}": "${path}" exists already; choose another name or remove it`);
  }
  const identity = buildIdentity({
    namespace: 'default',
    jobId: name,
    group: 'vm',
    task: 'vm',
    allocIndex: 0,
  });
  const mac = pickUnusedMac(identity, await readJobFiles(jobs));
  const { image, bridge, server } = options;
  checkOptions(name, mac, options);
  const sshKey = options.sshKey === undefined ? undefined : await readSshKey(resolve(io.cwd, options.sshKey));

  await mkdir(jobs, { recursive: true });
  await mkdir(resolve(io.cwd, seed), { recursive: true });
  // Exclusive: two at the same time must not overwrite each other.
  const write = (path: string, text: string) => writeFile(resolve(io.cwd, path), text, { flag: 'wx' });
  await write(join(seed, 'user-data'), renderUserData(name, sshKey));
  await write(join(seed, 'meta-data'), renderMetaData(name));
  await write(job, renderJobFile({ name, seed: name, mac, image, bridge, server }));
  io.writeOut(
    options.json ? `${JSON.stringify({ name, mac, job, seed })}\n` : renderNextSteps(name, mac, job, seed),
  );
  return EXIT_CODES.ok;
}

/** What the driver would refuse is refused before anything is written. @throws {ConfigProblems} */
function checkOptions(name: string, mac: string, { image, bridge, server }: NewOptions): void {
  const config = { image, network: [{ bridge, mac }], cloud_init: { seed: name, server } };
  parseTaskConfig(config, { personality: 'vm', plugin: parsePluginConfig({}) });
}

async function readSshKey(path: string): Promise<string> {
  const text = (await readFile(path, 'utf8')).trim();
  if (/^(ssh|ecdsa|sk)-\S+ \S+[^\r\n]*$/.test(text)) return text;
  throw new Error(
    `Cannot use "${path}" as a public key: it is not one line as ssh-keygen writes to a .pub file; name that file`,
  );
}

function parseName(text: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError('Write up to 63 small letters, digits and dashes, such as "alice".');
}

async function readJobFiles(dir: string): Promise<readonly string[]> {
  if (!(await exists(dir))) return [];
  const names = (await readdir(dir)).filter(name => name.endsWith('.hcl'));
  return Promise.all(names.map(name => readFile(join(dir, name), 'utf8')));
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(ignoreMissing)) !== undefined;
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}

function renderNextSteps(name: string, mac: string, job: string, seed: string): string {
  return `VM "${name}" with MAC address ${mac}:
  ${seed}/user-data   what it gets at first boot: edit this
  ${job}   its job: nomad job run ${job}
`;
}
