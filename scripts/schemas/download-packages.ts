import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { listPackages } from './list-packages.ts';

const COMMAND_TIMEOUT_MS = 120_000;

/**
 * Downloads every version of the package cloud-init that this host's apt sources offer.
 *
 * @param folder where the packages go, under the names that apt gives them
 * @throws {Error} that says what to do
 */
export async function downloadPackages(folder: string): Promise<void> {
  let versions = await findVersions();
  // A fresh machine or container has no package lists.
  if (versions.length === 0) {
    await run('apt-get', ['-o', 'Acquire::Retries=3', 'update'], folder);
    versions = await findVersions();
  }
  if (versions.length === 0) throw describeFailure(folder, 'no apt source offers a package "cloud-init"');
  // An interrupted download must not be taken for a package by the next run.
  const temporary = mkdtempSync(join(folder, 'download-'));
  try {
    for (const version of versions) {
      await run('apt-get', ['-o', 'Acquire::Retries=3', 'download', `cloud-init=${version}`], temporary);
    }
    for (const file of listPackages(temporary)) renameSync(join(temporary, file), join(folder, file));
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

async function findVersions(): Promise<readonly string[]> {
  // A line is "cloud-init | VERSION | ARCHIVE …"; the archive of a source package ends in "Sources".
  const { stdout } = await execa('apt-cache', ['madison', 'cloud-init'], {
    reject: false,
    timeout: COMMAND_TIMEOUT_MS,
  });
  const lines = (stdout ?? '').split('\n').filter(line => line.trimEnd().endsWith('Packages'));
  return [...new Set(lines.flatMap(line => line.split('|')[1]?.trim() ?? []))];
}

async function run(command: string, argv: readonly string[], folder: string): Promise<void> {
  const result = await execa(command, argv, {
    cwd: folder,
    reject: false,
    timeout: COMMAND_TIMEOUT_MS,
    env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
  });
  if (result.failed)
    throw describeFailure(
      folder,
      result.stderr?.trim().split('\n').at(-1) || (result.shortMessage ?? 'it failed'),
    );
}

function describeFailure(folder: string, reason: string): Error {
  return new Error(
    `Cannot fetch cloud-init's JSON schemas: ${reason}; run "apt-get update" as root, or put a file cloud-init_VERSION_all.deb (https://packages.debian.org/cloud-init) into "${folder}"`,
  );
}
