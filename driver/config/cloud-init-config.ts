import {
  type Delivery,
  INSTANCE_ID_POLICIES,
  type InstanceIdPolicy,
  parseSeedName,
} from '../../cloudinit-server/client.ts';
import { readMessage } from '../../qemu/error-message.ts';
import type { CloudInitApiConfig } from './cloud-init-api.ts';
import { parseMustFinish } from './cloud-init-deadline.ts';
import { parseDelivery } from './cloud-init-delivery.ts';
import { parseSeedFiles, SEED_FILE_OPTIONS, type SeedFileSources } from './cloud-init-files.ts';
import type { OptionValues } from './option.ts';
import type { Personality } from './personality.ts';
import type { ReportProblem } from './problem.ts';
import { parseServerUrl } from './server-url.ts';
import type { TASK_OPTIONS } from './task-options.ts';
import { checkUnregistered } from './unregistered-seed.ts';

/** How the guest comes by its seed. */
export type CloudInitConfig = PublicSeed | RegisteredSeed | LocalSeed;

/** A folder of a seed server, ours or any web server, that everybody on the LAN can read. */
export interface PublicSeed {
  readonly kind: 'public';
  readonly seed: string;
  /** URL text, as all `server`. */
  readonly server: string;
}

/** A seed of the VM's own, which the seed server makes of its folder and the job's files. Only with `cloudinit_api`. */
export interface RegisteredSeed {
  readonly kind: 'registered';
  /** The server as the guest reaches it. */
  readonly server: string;
  /** Undefined where all files are the job's. */
  readonly seed: string | undefined;
  readonly files: SeedFileSources;
  readonly delivery: Delivery;
  readonly deliveryReason: string | undefined;
  readonly instanceId: InstanceIdPolicy;
  /** How long after the VM's start cloud-init must have ended well; undefined: the task does not depend on it. */
  readonly mustFinishWithinMs: number | undefined;
}

/** A disk that the driver makes of the job's files, with no server's help. */
export interface LocalSeed {
  readonly kind: 'local';
  readonly files: SeedFileSources;
  readonly deliveryReason: string | undefined;
  readonly instanceId: InstanceIdPolicy;
}

/** What a `cloud_init` block is judged by. */
export interface CloudInitRules {
  readonly personality: Personality;
  readonly defaultServer: string | undefined;
  readonly api: CloudInitApiConfig | undefined;
}

type Given = OptionValues<typeof TASK_OPTIONS>;

/** Reads the `cloud_init` block. Undefined where there is none, and after a problem. */
export function parseCloudInit(
  given: Given,
  rules: CloudInitRules,
  report: ReportProblem,
): CloudInitConfig | undefined {
  const block = given.cloud_init;
  if (block === undefined) return undefined;
  const seed = parseSeed(block.seed, report);
  const files = parseSeedFiles(block, report);
  const hasFiles = Object.values(SEED_FILE_OPTIONS).some(option => block[option] !== undefined);
  const nic = hasNic(given, rules.personality);
  const hasDisk = rules.api !== undefined || seed === undefined;
  const delivery = parseDelivery(block, { hasNic: nic, hasDisk }, report);
  const instanceId = parseInstanceId(block.instance_id, report);
  const mustFinishWithinMs = parseMustFinish(block.must_finish_within, nic, report);
  if (seed === undefined && !hasFiles) {
    report(
      'config.cloud_init.seed',
      'is missing; name the folder of this VM on the seed server, such as seed = "alice", or give the files, such as user_data = "local/user-data"',
    );
  }
  const server = () => parseServer(block.server, rules.defaultServer, report);
  if (rules.api === undefined) {
    checkUnregistered(block, delivery, { seed, hasFiles }, report);
    if (delivery.delivery === 'disk')
      return { kind: 'local', files, deliveryReason: delivery.reason, instanceId };
    const url = server();
    return seed === undefined || url === undefined ? undefined : { kind: 'public', seed, server: url };
  }
  const url = server();
  if (url === undefined) return undefined;
  const { delivery: way, reason: deliveryReason } = delivery;
  const choice = { seed, files, delivery: way, deliveryReason, instanceId, mustFinishWithinMs };
  return { kind: 'registered', server: url, ...choice };
}

/** qemu gives the drop-in's machine a NIC of its own accord, and raw arguments may add one. */
function hasNic({ network, args = [] }: Given, personality: Personality): boolean {
  return (
    personality === 'qemu' || network.length > 0 || args.some(word => /^--?(netdev|nic|net)$/.test(word))
  );
}

function parseSeed(seed: string | undefined, report: ReportProblem): string | undefined {
  if (seed === undefined) return undefined;
  try {
    return parseSeedName(seed);
  } catch (error) {
    report('config.cloud_init.seed', readMessage(error));
    return undefined;
  }
}

function parseInstanceId(given: string | undefined, report: ReportProblem): InstanceIdPolicy {
  const policy = INSTANCE_ID_POLICIES.find(known => known === (given ?? 'stable'));
  if (policy === undefined) {
    report(
      'config.cloud_init.instance_id',
      `${JSON.stringify(given)} is not a rule for it; write "stable" or "content"`,
    );
  }
  return policy ?? 'stable';
}

function parseServer(
  server: string | undefined,
  fallback: string | undefined,
  report: ReportProblem,
): string | undefined {
  if (server !== undefined) return parseServerUrl(server, 'config.cloud_init.server', report);
  if (fallback === undefined) {
    report(
      'config.cloud_init.server',
      'is missing, and this node has no default; write the URL of the seed server, such as server = "http://192.168.1.10:8000/", or set cloudinit_server in the plugin\'s config',
    );
  }
  return fallback;
}
