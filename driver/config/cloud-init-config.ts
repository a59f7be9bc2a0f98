import { parseSeedName } from '../../cloudinit-server/client.ts';
import type { OptionValues } from './option.ts';
import type { Personality } from './personality.ts';
import type { ReportProblem } from './problem.ts';
import { parseServerUrl } from './server-url.ts';
import type { TASK_OPTIONS } from './task-options.ts';

/** Which seed the guest is told to fetch, and from where. */
export interface CloudInitConfig {
  readonly seed: string;
  /** URL text. */
  readonly server: string;
}

type Given = OptionValues<typeof TASK_OPTIONS>;

/** Reads the `cloud_init` block. Undefined where there is none, and after a problem. */
export function parseCloudInit(
  given: Given,
  rules: { readonly personality: Personality; readonly defaultServer: string | undefined },
  report: ReportProblem,
): CloudInitConfig | undefined {
  const block = given.cloud_init;
  if (block === undefined) return undefined;
  if (!hasNic(given, rules.personality)) {
    report(
      'config.cloud_init',
      'cannot work without a NIC, as the guest fetches its seed over the network; add a network block such as network { bridge = "br0" }',
    );
  }
  const seed = parseSeed(block.seed, report);
  const server = parseServer(block.server, rules.defaultServer, report);
  return seed === undefined || server === undefined ? undefined : { seed, server };
}

/** qemu gives the drop-in's machine a NIC of its own accord, and raw arguments may add one. */
function hasNic({ network, args = [] }: Given, personality: Personality): boolean {
  return (
    personality === 'qemu' || network.length > 0 || args.some(word => /^--?(netdev|nic|net)$/.test(word))
  );
}

function parseSeed(seed: string | undefined, report: ReportProblem): string | undefined {
  if (seed === undefined) {
    report(
      'config.cloud_init.seed',
      'is missing; name the folder of this VM on the seed server, such as seed = "alice"',
    );
    return undefined;
  }
  try {
    parseSeedName(seed);
    return seed;
  } catch (error) {
    report('config.cloud_init.seed', error instanceof Error ? error.message : String(error));
    return undefined;
  }
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
