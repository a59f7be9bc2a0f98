import { renameSync, writeFileSync } from 'node:fs';
import type { PackageSchemas } from './read-schemas.ts';

/** Raised when the file's shape changes, so that one made before is made anew. */
const FORMAT = 1;

/** Writes what the validator loads: the schemas as texts, parsed only when a seed is checked. */
export function writeSchemas(target: string, packages: readonly PackageSchemas[]): void {
  // A build beside this one must never read half of it.
  const temporary = `${target}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify({ format: FORMAT, packages }, undefined, 2)}\n`);
  renameSync(temporary, target);
}

/** Whether the file was made of exactly these packages. */
export function isUpToDate(current: string, packages: readonly string[]): boolean {
  const found = [...current.matchAll(/^ {6}"package": "([^"]+)"/gm)].map(match => match[1]);
  return current.startsWith(`{\n  "format": ${FORMAT},`) && found.join() === packages.join();
}
