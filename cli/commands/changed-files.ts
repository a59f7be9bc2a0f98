import type { DiffReport } from '../../cloudinit-server/preview/diff-report.ts';
import type { CliIo } from '../io.ts';
import { type AdminApiOptions, askServer, encodeSeed } from './admin-api.ts';

/**
 * Which files of a VM are others now than when it got them, and what to do about it, line by line: an edit alone does
 * not reach a guest that has booted.
 *
 * @throws as `askServer`
 */
export async function describeChangedFiles(
  vm: string,
  options: AdminApiOptions,
  io: CliIo,
): Promise<readonly string[]> {
  const request = { aim: `compare "${vm}"`, path: `/vms/${encodeSeed(vm)}/diff` };
  // Our own server's answer, of the same version.
  const { files } = JSON.parse(await askServer(options, request, io)) as DiffReport;
  return files
    .filter(({ state }) => state === 'changed')
    .map(
      ({ file, served_at }) =>
        `${file} is another now than the VM got at ${served_at}: "nomad-vm render ${vm} --diff" shows how, "nomad-vm bump ${vm}" says how the guest gets it`,
    );
}
