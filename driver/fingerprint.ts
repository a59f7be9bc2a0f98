import { setTimeout as delay } from 'node:timers/promises';
import { checkSeed } from '../cloudinit-server/client.ts';
import { listBridges } from '../qemu/bridges.ts';
import { findEmulators, readEmulatorVersion } from '../qemu/emulators.ts';
import type { Personality } from './config/personality.ts';
import type { PluginConfig } from './config/plugin-config.ts';
import { EMULATOR_FOLDERS, type Node } from './node.ts';

/** What the node offers, as jobs can be constrained on it and operators see it. */
export interface NodeFingerprint {
  readonly health: 'UNDETECTED' | 'HEALTHY';
  readonly description: string;
  /** By full attribute name. An empty value removes the attribute from the node. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Nomad's own drivers look every 30 s. */
const PERIOD_MS = 30_000;
const LOOK_DEADLINE_MS = 10_000;

/** What the node offers, now and whenever it changes; never ends before the signal aborts. */
export async function* watchNode(
  personality: Personality,
  plugin: PluginConfig,
  node: Node,
  signal: AbortSignal,
): AsyncGenerator<NodeFingerprint> {
  while (!signal.aborted) {
    yield await takeFingerprint(
      personality,
      plugin,
      node,
      AbortSignal.any([signal, AbortSignal.timeout(LOOK_DEADLINE_MS)]),
    );
    // Aborted: the loop ends.
    await delay(PERIOD_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Looks at the node once. Only a missing qemu makes the driver unfit; everything else is an attribute to choose by. */
export async function takeFingerprint(
  personality: Personality,
  plugin: PluginConfig,
  node: Node,
  signal: AbortSignal,
): Promise<NodeFingerprint> {
  const emulators = await findEmulators(EMULATOR_FOLDERS);
  const allowed = [...emulators].filter(([name]) => plugin.emulatorsAllowlist?.includes(name) ?? true);
  const main = emulators.get('qemu-system-x86_64') ?? allowed[0]?.[1];
  const name = (attribute: string) => `driver.${personality}.${attribute}`;
  if (main === undefined) {
    return {
      health: 'UNDETECTED',
      description: 'No qemu-system-* found; install it (Debian: apt install qemu-system-x86)',
      attributes: {},
    };
  }
  const [version, kvm, bridges, seedServer] = await Promise.all([
    readEmulatorVersion(main, { signal }),
    node.kvm(main),
    listBridges(),
    describeSeedServer(plugin.cloudInitServer, signal),
  ]);
  return {
    health: 'HEALTHY',
    description: 'Healthy',
    attributes: {
      [`driver.${personality}`]: 'true',
      [name('version')]: version,
      [name('emulators')]: allowed.map(([emulator]) => emulator.replace('qemu-system-', '')).join(','),
      [name('accelerators')]: kvm.works ? 'kvm,tcg' : 'tcg',
      [name('kvm')]: kvm.works ? 'works' : kvm.reason,
      [name('bridges')]:
        bridges.length > 0 ? bridges.join(',') : 'none; create one, such as br0 (docs/networking.md)',
      [name('cloudinit_server')]: seedServer,
    },
  };
}

async function describeSeedServer(server: string | undefined, signal: AbortSignal): Promise<string> {
  if (server === undefined) return "none; set cloudinit_server in the plugin's config";
  // Any answer about the root will do: it need not be a seed itself.
  const answer = await checkSeed(server, '.', { signal });
  return answer.kind === 'unreachable' ? `${server} does not answer: ${answer.reason}` : `${server} answers`;
}
