import { existsSync } from 'node:fs';
import { checkSeed, checkServer } from '../../cloudinit-server/client.ts';
import { findBridgeWarnings } from '../../qemu/bridge-warnings.ts';
import { listBridges } from '../../qemu/bridges.ts';
import { checkBridge } from '../../qemu/check-bridge.ts';
import { findEmulators } from '../../qemu/emulators.ts';
import { QemuError } from '../../qemu/errors.ts';
import type { KvmVerdict } from '../../qemu/kvm-probe.ts';
import type { MachineType } from '../../qemu/machine-types.ts';
import type { PluginConfig } from '../config/plugin-config.ts';
import { EMULATOR_FOLDERS } from '../node.ts';

/** What can be known of the node at once, by looking at files. */
export interface QuickFacts {
  /** Installed, and allowed by the operator; full names such as `qemu-system-x86_64`. */
  readonly emulators: ReadonlyMap<string, string>;
  readonly installed: readonly string[];
  readonly bridges: readonly BridgeFact[];
  readonly hasVhostNet: boolean;
}

/** A bridge of the node. */
export interface BridgeFact {
  readonly name: string;
  /** Why no VM can join it; undefined when one can. */
  readonly refusal: string | undefined;
  readonly warnings: readonly string[];
}

/** What has to be tried or asked for, up to some seconds each; undefined while it is not known. */
export interface SlowFacts {
  readonly emulator: EmulatorFact | undefined;
  readonly kvm: KvmVerdict | undefined;
  readonly seedServer: string | undefined;
  readonly seedApi: string | undefined;
}

/** The emulator that jobs get which name none. */
export type EmulatorFact =
  | { readonly works: true; readonly version: string; readonly machines: readonly MachineType[] }
  | { readonly works: false; readonly reason: string };

export async function gatherQuickFacts(
  plugin: Pick<PluginConfig, 'emulatorsAllowlist' | 'bridgeHelper'>,
): Promise<QuickFacts> {
  const [emulators, names] = await Promise.all([findEmulators(EMULATOR_FOLDERS), listBridges()]);
  return {
    emulators: new Map([...emulators].filter(([name]) => plugin.emulatorsAllowlist?.includes(name) ?? true)),
    installed: [...emulators.keys()],
    bridges: await Promise.all(names.map(name => describeBridge(name, plugin.bridgeHelper))),
    hasVhostNet: existsSync('/dev/vhost-net'),
  };
}

/** The emulator of jobs that name none, or the only one there is. */
export function mainEmulator({ emulators }: Pick<QuickFacts, 'emulators'>): string | undefined {
  return emulators.get('qemu-system-x86_64') ?? [...emulators.values()][0];
}

/** Whether the default seed server answers, as an operator reads it. */
export async function describeSeedServer(
  { cloudInitServer: server, cloudInitApi }: Pick<PluginConfig, 'cloudInitServer' | 'cloudInitApi'>,
  signal: AbortSignal,
): Promise<string> {
  if (server === undefined) return "none; set cloudinit_server in the plugin's config";
  // Of a server that may be any, any answer about the root will do: it need not be a seed itself.
  const isOurs = cloudInitApi !== undefined;
  const answer = isOurs ? await checkServer(server, { signal }) : await checkSeed(server, '.', { signal });
  return answer.kind === 'unreachable' ? `${server} does not answer: ${answer.reason}` : `${server} answers`;
}

async function describeBridge(name: string, helperPath: string | undefined): Promise<BridgeFact> {
  try {
    await checkBridge(name, {
      uid: process.getuid?.() ?? 0,
      ...(helperPath === undefined ? {} : { helperPaths: [helperPath] }),
    });
    return { name, refusal: undefined, warnings: await findBridgeWarnings(name) };
  } catch (error) {
    if (!(error instanceof QemuError)) throw error;
    return { name, refusal: error.message, warnings: [] };
  }
}
