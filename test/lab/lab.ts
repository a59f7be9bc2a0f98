import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { dnsmasqArguments, type Lease, parseLeases } from './dnsmasq.ts';
import { type LabProcess, startProcess } from './lab-process.ts';
import { createNamespace } from './namespace/namespace.ts';
import { NomadAgent, type NomadOptions } from './nomad/agent.ts';

/** What a command run inside the lab printed. */
export interface CommandOutput {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
}

/**
 * A LAN in a network namespace of its own: the bridge `br0` with a DHCP and DNS server at 10.77.0.1. Disposing of it
 * ends every process that runs in it and leaves nothing behind.
 */
export interface Lab extends AsyncDisposable {
  /** Of the network namespace, for `ip netns exec NAME …`. */
  readonly name: string;
  /** For files of the lab's own; removed with it. `qemu/bridge.conf` in it is what /etc/qemu/bridge.conf is inside. */
  readonly folder: string;
  readonly bridge: 'br0';
  /** The host's address on the LAN. */
  readonly gateway: '10.77.0.1';
  /** Runs a command inside and waits for it. @throws when it fails or takes longer than `timeoutMs` @default 30000 */
  exec(
    argv: readonly string[],
    options?: { readonly timeoutMs?: number; readonly input?: string },
  ): Promise<CommandOutput>;
  /** Starts a command inside; its output goes to `NAME.log` in the lab's folder. */
  spawn(name: string, argv: readonly string[], environment?: NodeJS.ProcessEnv): Promise<LabProcess>;
  /** Starts a Nomad agent, server and client in one, and waits until its node is ready. */
  startNomad(options: NomadOptions): Promise<NomadAgent>;
  leases(): Promise<readonly Lease[]>;
}

/** Folders of the labs that this process has up. */
export const openLabs = new Set<string>();

/** Brings a lab up, in some 100 ms. @throws when a part of it cannot be started; nothing is left behind then */
export async function createLab(): Promise<Lab> {
  await using stack = new AsyncDisposableStack();
  const namespace = stack.use(await createNamespace());
  const { name, folder } = namespace;
  const leaseFile = join(folder, 'leases');

  const lab: Omit<Lab, typeof Symbol.asyncDispose> = {
    name,
    folder,
    bridge: 'br0',
    gateway: '10.77.0.1',
    exec: async (argv, { timeoutMs = 30_000, input = '' } = {}) => {
      const [command, ...rest] = namespace.inside(argv);
      const result = await execa(command, rest, { timeout: timeoutMs, input });
      return { stdout: result.stdout, stderr: result.stderr, exitCode: result.exitCode };
    },
    spawn: (label, argv, environment) =>
      startProcess(namespace.inside(argv), join(folder, `${label}.log`), environment),
    startNomad: options => NomadAgent.start(lab, options),
    leases: async () => parseLeases(await readFile(leaseFile, 'utf8').catch(() => '')), // no file before the first lease
  };

  const dnsmasq = await lab.spawn('dnsmasq', dnsmasqArguments(leaseFile));
  await untilListening(lab, dnsmasq);

  openLabs.add(folder);
  stack.defer(() => void openLabs.delete(folder));
  const kept = stack.move();
  return { ...lab, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function untilListening(lab: Pick<Lab, 'exec'>, dnsmasq: LabProcess): Promise<void> {
  const signal = AbortSignal.timeout(10_000);
  const exit = dnsmasq.exited.then(async () => {
    throw new Error(`Cannot start dnsmasq: ${await readFile(dnsmasq.logFile, 'utf8')}`);
  });
  const listening = async () => {
    while (!signal.aborted) {
      const { stdout } = await lab.exec([
        'ss',
        '--no-header',
        '--udp',
        '--listening',
        '--numeric',
        'sport = :67',
      ]);
      if (stdout !== '') return;
    }
    throw signal.reason;
  };
  // Later exits are nobody's failure.
  exit.catch(() => undefined);
  await Promise.race([listening(), exit]);
}
