import { isMap, parseDocument } from 'yaml';
import type { SeedFile } from '../seed-files.ts';

/**
 * Whether a file as the guest gets it makes the guest remember its seed; false when it may keep it from doing so, and
 * undefined when it has nothing to do with it.
 *
 * What packed or included user-data says is not seen.
 */
export function readKeepsSeed(file: SeedFile, body: Buffer): boolean | undefined {
  // What user-data says counts more than vendor-data; it can also turn vendor-data off.
  if (file === 'user-data')
    return /manual_cache_clean|vendor_data/.test(body.toString('latin1')) ? false : undefined;
  if (file !== 'vendor-data' || !body.includes('manual_cache_clean')) return undefined;
  const text = body.toString();
  if (!/^\s*#cloud-config(?![\w-])/i.test(text)) return undefined;
  const document = parseDocument(text, { version: '1.1', uniqueKeys: false, logLevel: 'error' });
  return isMap(document.contents) && document.get('manual_cache_clean') === true ? true : undefined;
}
