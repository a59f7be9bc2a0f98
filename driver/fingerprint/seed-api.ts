import { readMessage } from '../../qemu/error-message.ts';
import { openApi } from '../cloud-init/open-api.ts';
import type { CloudInitApiConfig } from '../config/cloud-init-api.ts';

/** Whether VMs of this node can be registered with the seed server, as an operator reads it. */
export async function describeSeedApi(
  api: CloudInitApiConfig | undefined,
  signal: AbortSignal,
): Promise<string> {
  if (api === undefined) return "none; set cloudinit_api in the plugin's config";
  try {
    // Of no node: it is the answer that counts.
    const result = await openApi(api).events({ node: '-', after: 0, waitSeconds: 0 }, signal);
    switch (result.kind) {
      case 'events':
        return `${api.url} answers`;
      case 'refused':
        return `${api.url} refuses the token in "${api.tokenFile}"; copy the server's --drivers-token file there`;
      case 'invalid':
      case 'unreachable':
        return `${api.url} does not answer: ${result.reason}`;
    }
  } catch (error) {
    signal.throwIfAborted();
    return readMessage(error);
  }
}
