/**
 * Makes cloudinit-server/validate/schemas.json: cloud-init's own JSON schemas, out of Debian's packages.
 *
 * They are somebody else's work and change with every release, so they are fetched when building and never committed.
 * The packages stay in the cache folder: with them there, no network is needed. Any other cloud-init_*.deb put into
 * that folder is used as well, such as a newer release's.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { downloadPackages } from './schemas/download-packages.ts';
import { listPackages } from './schemas/list-packages.ts';
import { readSchemas } from './schemas/read-schemas.ts';
import { isUpToDate, writeSchemas } from './schemas/write-schemas.ts';

const target = join(import.meta.dirname, '../cloudinit-server/validate/schemas.json');
const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
const folder = join(cache, 'nomad-driver-vm', 'cloud-init');

mkdirSync(folder, { recursive: true });
try {
  if (listPackages(folder).length === 0) await downloadPackages(folder);
  const packages = listPackages(folder);
  const current = existsSync(target) ? readFileSync(target, 'utf8') : '';
  if (!isUpToDate(current, packages)) {
    writeSchemas(target, await Promise.all(packages.map(file => readSchemas(join(folder, file)))));
  }
} catch (error) {
  console.error(`schemas: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
