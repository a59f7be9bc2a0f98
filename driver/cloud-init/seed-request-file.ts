import { readFileSync, writeFileSync } from 'node:fs';
import type { RegistrationRequest } from '../../cloudinit-server/client.ts';
import { toRecord } from '../../qemu/unknown-record.ts';
import type { VmFiles } from '../../qemu/vm-files.ts';

type RequestFiles = Pick<VmFiles, 'seedRequest'>;

/**
 * Keeps how a VM was registered, should the server forget it. It holds the job's files, so it lies where no reboot finds it
 * again.
 *
 * @throws the system's error.
 */
export function saveSeedRequest(files: RequestFiles, request: RegistrationRequest): void {
  writeFileSync(files.seedRequest, JSON.stringify(request), { mode: 0o600 });
}

/** How the VM was registered; undefined where that is not known any more. */
export function loadSeedRequest(files: RequestFiles): RegistrationRequest | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(files.seedRequest, 'utf8'));
    // Our own file, in a folder of ours alone; the server checks every field of it.
    return typeof toRecord(value)?.['alloc_id'] === 'string' ? (value as RegistrationRequest) : undefined;
  } catch {
    // ENOENT or SyntaxError: the plugin was killed while it wrote.
    return undefined;
  }
}
