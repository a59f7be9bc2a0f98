import { mkdirSync } from 'node:fs';
import type { VmFiles } from '../../qemu/vm-files.ts';
import { newSeedBook, saveSeedBook } from './seed-book.ts';
import { saveSeedRequest } from './seed-request-file.ts';
import type { KeptRegistration } from './seed-service.ts';

/** Puts on record what the plugin after this one needs of a registration. @throws the system's error, such as ENOSPC. */
export function keepRegistration(
  files: Pick<VmFiles, 'runDir' | 'seedBook' | 'seedRequest'>,
  { request, cursor }: KeptRegistration,
): void {
  mkdirSync(files.runDir, { recursive: true, mode: 0o700 });
  saveSeedRequest(files, request);
  saveSeedBook(files, newSeedBook(cursor));
}
