/**
 * Makes cloudinit-server/validate/schemas.json: cloud-init's own JSON schemas, out of Debian's packages.
 *
 * They are somebody else's work and change with every release, so they are fetched when building and never committed.
 * The packages stay in the cache, in a folder for each suite: with them there, no network is needed. Any other
 * cloud-init_*.deb put into a folder beside those is used as well, such as another release's.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import versions from '../versions.json' with { type: 'json' };
import { downloadPackage } from './schemas/download-package.ts';
import { listFolders, listPackages } from './schemas/list-packages.ts';
import { readSchemas } from './schemas/read-schemas.ts';
import { isUpToDate, writeSchemas } from './schemas/write-schemas.ts';

const target = join(import.meta.dirname, '../cloudinit-server/validate/schemas.json');
const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
const folder = join(cache, 'nomad-driver-vm', 'cloud-init');

try {
  await Promise.all(versions.cloudInit.map(ensurePackage));
  const files = listFolders(folder).flatMap(name =>
    listPackages(join(folder, name)).map(file => join(folder, name, file)),
  );
  const current = existsSync(target) ? readFileSync(target, 'utf8') : '';
  if (
    !isUpToDate(
      current,
      files.map(file => basename(file)),
    )
  )
    writeSchemas(target, await Promise.all(files.map(readSchemas)));
} catch (error) {
  console.error(`schemas: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function ensurePackage(suite: string): Promise<void> {
  const packages = join(folder, suite);
  mkdirSync(packages, { recursive: true });
  if (listPackages(packages).length > 0) return;
  console.log(`schemas: fetching the package cloud-init of Debian's suite "${suite}"`);
  await downloadPackage(suite, packages);
}
