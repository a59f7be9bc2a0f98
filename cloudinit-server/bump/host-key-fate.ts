import { isMap, parseDocument } from 'yaml';
import { readUserDataKind } from '../validate/user-data-kind.ts';

/** What becomes of a guest's ssh host keys when it becomes a new instance; `unknown`: its files cannot be judged. */
export type HostKeyFate = 'new' | 'kept' | 'unknown';

/**
 * Judges the files that a guest gets. As a new instance, cloud-init removes host keys and makes others, unless it is told
 * `ssh_deletekeys: false` or is given `ssh_keys` (cloud-init's module ssh). What user-data says counts more.
 */
export function judgeHostKeys(userData: Buffer, vendorData: Buffer): HostKeyFate {
  const configs = [readConfig(userData), readConfig(vendorData)];
  if (configs.some(config => config?.['ssh_keys'] !== undefined)) return 'kept';
  for (const config of configs) {
    // A script or a message may hold anything.
    if (config === undefined) return 'unknown';
    if (config['ssh_deletekeys'] !== undefined) return config['ssh_deletekeys'] === false ? 'kept' : 'new';
  }
  return 'new';
}

/** The keys of a cloud-config; undefined for what else there may be. */
function readConfig(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  const kind = readUserDataKind(body);
  if (kind === 'empty') return {};
  if (kind !== 'cloud-config') return undefined;
  const document = parseDocument(body.toString(), { version: '1.1', uniqueKeys: false, logLevel: 'error' });
  if (document.contents === null) return {};
  if (!isMap(document.contents)) return undefined;
  const fate = (key: string) => (document.has(key) ? { [key]: document.get(key) } : {});
  return { ...fate('ssh_keys'), ...fate('ssh_deletekeys') };
}
