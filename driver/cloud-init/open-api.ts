import { readFileSync } from 'node:fs';
import { createDriversApi, type DriversApi } from '../../cloudinit-server/client.ts';
import { readMessage } from '../../qemu/error-message.ts';
import type { CloudInitApiConfig } from '../config/cloud-init-api.ts';
import { DriverError } from '../errors.ts';
import { isMissing } from '../read-folder.ts';

/**
 * The seed server as it is reached now: token and certificates are read each time, so that the operator can replace them
 * under a plugin that runs.
 *
 * @throws DriverError `node-unfit` when one of the files cannot be used.
 */
export function openApi({ url, tokenFile, caFile }: CloudInitApiConfig): DriversApi {
  const token = readOption('token_file', tokenFile).trim();
  const ca = caFile === undefined ? undefined : readOption('ca_file', caFile);
  try {
    return createDriversApi({ url, token, ca });
  } catch (error) {
    throw unusable('token_file', tokenFile, readMessage(error));
  }
}

function readOption(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = isMissing(error)
      ? "it does not exist; copy the seed server's there"
      : `it cannot be read: ${readMessage(error)}`;
    throw unusable(name, path, reason);
  }
}

function unusable(name: string, path: string, reason: string): DriverError {
  return new DriverError(
    'node-unfit',
    `Cannot use "${path}" (cloudinit_api.${name} in the plugin's config): ${reason}`,
  );
}
