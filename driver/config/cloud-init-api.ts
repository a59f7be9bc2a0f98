import type { OptionValues } from './option.ts';
import type { PLUGIN_OPTIONS } from './plugin-options.ts';
import type { ReportProblem } from './problem.ts';
import { parseServerUrl } from './server-url.ts';

/** Where the seed server takes requests of drivers. */
export interface CloudInitApiConfig {
  readonly url: string;
  /** Absolute paths. The files are read when they are needed, so that they can be replaced. */
  readonly tokenFile: string;
  /** Undefined: what Node itself trusts. */
  readonly caFile: string | undefined;
}

type Given = OptionValues<typeof PLUGIN_OPTIONS>['cloudinit_api'];

/** Reads the `cloudinit_api` block. Undefined where there is none, and after a problem. */
export function parseCloudInitApi(block: Given, report: ReportProblem): CloudInitApiConfig | undefined {
  if (block === undefined) return undefined;
  const { token_file: tokenFile, ca_file: caFile } = block;
  if (block.url === undefined) {
    report(
      'config.cloudinit_api.url',
      'is missing; write the URL of the seed server\'s listener for drivers, such as url = "http://192.168.1.10:8002/"',
    );
  }
  if (tokenFile === undefined) {
    report(
      'config.cloudinit_api.token_file',
      'is missing; name a copy of the file that the seed server has as --drivers-token, such as token_file = "/var/lib/cloudinit-server/drivers-token"',
    );
  }
  const url =
    block.url === undefined ? undefined : parseServerUrl(block.url, 'config.cloudinit_api.url', report);
  return url === undefined || tokenFile === undefined ? undefined : { url, tokenFile, caFile };
}
