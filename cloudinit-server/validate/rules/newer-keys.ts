import type { Problem } from '../finding.ts';
import type { YamlMap } from '../record.ts';
import { compareVersions } from '../schema/compare-versions.ts';
import { chooseSchema, type SchemaSet } from '../schema/schema-set.ts';

/** Keys that cloud-init took long before its schema spoke of them. */
const OLDER_THAN_THEIR_SCHEMA: readonly string[] = [
  'launch-index',
  'merge_how',
  'merge_type',
  'output',
  'system_info',
  'version',
];

/** Keys at the top that cloud-init knows today, and the guest's release does not. It ignores them. */
export function findNewerKeys(
  config: YamlMap,
  schemas: SchemaSet,
  guestVersion: string | undefined,
): readonly Problem[] {
  if (guestVersion === undefined) return [];
  const own = chooseSchema(schemas, guestVersion);
  const isNewer = (key: string) =>
    schemas.newest.keys.has(key) && !own.keys.has(key) && !OLDER_THAN_THEIR_SCHEMA.includes(key);
  return Object.keys(config)
    .filter(isNewer)
    .map(key => {
      const knower = schemas.versions.find(schema => schema.keys.has(key)) ?? schemas.newest;
      // Between two schemas nothing tells when the key came.
      const isSure =
        readRelease(own.version) === readRelease(guestVersion) || isOlder(guestVersion, own.version);
      return {
        rule: 'newer-key',
        severity: isSure ? 'error' : 'warning',
        path: [key],
        at: 'key',
        message: isSure
          ? `cloud-init ${guestVersion} does not know this key and ignores it; ${knower.version} knows it`
          : `cloud-init ${guestVersion} ignores this key unless it knows it already; ${own.version} does not, ${knower.version} does`,
      };
    });
}

/** "22.4.2" is a 22.4: later ones of a release have repairs, and no new keys. */
function readRelease(version: string): string {
  return /^\d+\.\d+/.exec(version)?.[0] ?? version;
}

function isOlder(version: string, than: string): boolean {
  return compareVersions(version, than) < 0;
}
