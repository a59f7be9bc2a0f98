import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { parseListenAddress } from '../../cloudinit-server/listen-address.ts';
import type { MemoryOptions } from '../../cloudinit-server/open-memory.ts';
import {
  BIND_MAC_POLICIES,
  type BindMacPolicy,
  BY_PATH_POLICIES,
  type ByPathPolicy,
  DEFAULT_POLICIES,
  SEAL_POLICIES,
  type SealPolicy,
} from '../../cloudinit-server/registration/policies.ts';
import { INSTANCE_ID_POLICIES, type InstanceIdPolicy } from '../../cloudinit-server/render/instance-id.ts';
import { createJsonLog } from '../../cloudinit-server/server-log.ts';
import type { TlsFiles } from '../../cloudinit-server/tls-files.ts';
import { RESEED_POLICIES, type ReseedPolicy } from '../../cloudinit-server/vendor/observing-config.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import type { RunCommand } from '../run-command.ts';

interface ServeOptions {
  readonly seeds: string;
  readonly listen: string;
  readonly state?: string;
  readonly admin?: string;
  readonly drivers?: string;
  readonly driversToken?: string;
  readonly bindMac: BindMacPolicy;
  readonly seal: SealPolicy;
  readonly byPath: ByPathPolicy;
  readonly forgetAfter: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly reseed: ReseedPolicy;
  readonly publicUrl?: string;
  readonly instanceId: InstanceIdPolicy;
  readonly guestAgent?: boolean;
  /** False with --no-observe. */
  readonly observe: boolean;
}

const HELP = `
Without --state every file is served as it is, and nothing is remembered. With it, guests are asked to report how
their boot goes (list, wait, known-hosts show it), keep their first seed, and get the last good version of a file
that is broken.

Examples:
  $ nomad-vm serve --seeds /srv/seeds --listen 192.168.1.10:8000
  $ nomad-vm serve --seeds /srv/seeds --listen 0.0.0.0:8000 --state /var/lib/cloudinit-server --admin 127.0.0.1:8001
  $ nomad-vm serve --seeds /srv/seeds --listen 0.0.0.0:8000 --state /var/lib/cloudinit-server --drivers 192.168.1.10:8002`;

/** `nomad-vm serve`: the seed server, until the user stops it. */
export function addServeCommand(program: Command, io: CliIo, run: RunCommand): void {
  program
    .command('serve')
    .description('serve cloud-init seeds to VMs over HTTP, until stopped; the log is JSON, one object a line')
    .requiredOption('--seeds <dir>', 'folder that holds one folder for each VM')
    .requiredOption('--listen <host:port>', 'where guests reach it, such as 0.0.0.0:8000')
    .option('--state <dir>', 'folder of the server, to remember VMs and good files in')
    .option('--tls-cert <file>', 'certificate in PEM: guests and drivers are served by TLS')
    .option('--tls-key <file>', 'its key in PEM')
    .option('--admin <host:port>', 'where people of this host reach it, such as 127.0.0.1:8001')
    .option('--drivers <host:port>', 'where drivers of the cluster register VMs, such as 192.168.1.10:8002')
    .option(
      '--drivers-token <file>',
      'what drivers have to show; made if missing (default: drivers-token in --state)',
    )
    .addOption(
      new Option('--bind-mac <when>', "whether a registered VM's seed goes to its own MAC addresses only")
        .choices(BIND_MAC_POLICIES)
        .default(DEFAULT_POLICIES.bindMac),
    )
    .addOption(
      new Option('--seal <when>', 'when the seed of a registered VM is closed')
        .choices(SEAL_POLICIES)
        .default(DEFAULT_POLICIES.seal),
    )
    .addOption(
      new Option('--by-path <which>', 'which seeds are also served by the path of their folder')
        .choices(BY_PATH_POLICIES)
        .default(DEFAULT_POLICIES.byPath),
    )
    .option('--forget-after <time>', 'how long VMs that are gone are remembered: 30d, 12h or never', '30d')
    .addOption(
      new Option('--reseed <when>', 'whether guests fetch their seed at every boot')
        .choices(RESEED_POLICIES)
        .default('once'),
    )
    .option('--public-url <url>', 'where guests report to, if not the address that they fetched from')
    .addOption(
      new Option(
        '--instance-id <policy>',
        'whether generated instance-ids stay, or change with what the guest is given',
      )
        .choices(INSTANCE_ID_POLICIES)
        .default('stable'),
    )
    .option('--guest-agent', 'let guests install the QEMU guest agent, whatever they install besides')
    .option('--no-observe', 'leave vendor-data alone and take no note of guests')
    .addHelpText('after', HELP)
    .action((options: ServeOptions) => run(() => serve(options, io)));
}

async function serve(options: ServeOptions, io: CliIo) {
  const memory = planMemory(options, io);
  // Brings fastify, which no other command needs.
  const { startSeedServer } = await import('../../cloudinit-server/start-seed-server.ts');
  const server = await startSeedServer({
    seedsDir: resolve(io.cwd, options.seeds),
    listen: parseListenAddress(options.listen),
    tls: planTls(options, io),
    log: createJsonLog(io.writeOut),
    signal: io.signal,
    memory,
    rendering: { instanceIdPolicy: options.instanceId, guestAgent: options.guestAgent },
  });
  await server.closed;
  return EXIT_CODES.ok;
}

function planMemory(options: ServeOptions, io: CliIo): MemoryOptions | undefined {
  const { state, admin, drivers, publicUrl, reseed, observe, bindMac, seal, byPath } = options;
  if (state === undefined) {
    const needing = { '--admin': admin, '--drivers': drivers, '--public-url': publicUrl };
    const [option] = Object.entries(needing).find(([, value]) => value !== undefined) ?? [];
    if (option === undefined) return undefined;
    throw new Error(
      `${option} shows or uses what is remembered: give the server a folder to remember in, --state DIR`,
    );
  }
  const stateDir = resolve(io.cwd, state);
  return {
    stateDir,
    observing: observe ? { reseed, publicUrl } : undefined,
    admin: admin === undefined ? undefined : parseListenAddress(admin),
    drivers: drivers === undefined ? undefined : planDrivers(drivers, options, stateDir, io),
    policies: { bindMac, seal, byPath, forgetAfterMs: parseForgetAfter(options.forgetAfter) },
  };
}

function planTls({ tlsCert, tlsKey }: ServeOptions, io: CliIo): TlsFiles | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert !== undefined && tlsKey !== undefined)
    return { certFile: resolve(io.cwd, tlsCert), keyFile: resolve(io.cwd, tlsKey) };
  const missing = tlsCert === undefined ? '--tls-cert' : '--tls-key';
  throw new Error(`Cannot speak TLS without ${missing}: name the certificate and its key, both in PEM`);
}

function planDrivers(
  drivers: string,
  { driversToken }: ServeOptions,
  stateDir: string,
  io: CliIo,
): MemoryOptions['drivers'] {
  const tokenFile =
    driversToken === undefined ? join(stateDir, 'drivers-token') : resolve(io.cwd, driversToken);
  return { listen: parseListenAddress(drivers), tokenFile };
}

const UNIT_MS: Readonly<Record<string, number>> = { h: 3600_000, d: 24 * 3600_000 };

/** In ms; undefined for `never`. */
function parseForgetAfter(text: string): number | undefined {
  if (text === 'never') return undefined;
  const [, count, unit = ''] = /^(\d{1,5})([hd])$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  if (unitMs !== undefined) return Number(count) * unitMs;
  throw new Error(`Cannot forget VMs after "${text}": wanted days or hours, such as 30d or 12h, or never`);
}
