import { isMap, isScalar, isSeq, parseDocument } from 'yaml';
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
  const text = findConfig(body.toString());
  if (text === undefined) return undefined;
  // Mostly it is the server's own config alone, and reading it as YAML takes longer than all else.
  if (text.startsWith(OWN_BEGIN) && !text.includes('manual_cache_clean', OWN_BEGIN.length)) return true;
  const document = parseDocument(text, { version: '1.1', uniqueKeys: false, logLevel: 'error' });
  if (!isMap(document.contents)) return undefined;
  // The last one counts, as in PyYAML.
  const said = document.contents.items.findLast(
    ({ key }) => isScalar(key) && key.value === 'manual_cache_clean',
  );
  return isScalar(said?.value) && said.value.value === true ? true : undefined;
}

/** See `buildObservingConfig`. A document that begins so is a map that has this key. */
const OWN_BEGIN = '#cloud-config\nmanual_cache_clean: true\n';

const CONFIG = /^\s*#cloud-config(?![\w-])/i;

/** The text itself, or the only cloud-config of an archive. */
function findConfig(text: string): string | undefined {
  if (CONFIG.test(text)) return text;
  if (!/^\s*#cloud-config-archive/i.test(text)) return undefined;
  const document = parseDocument(text, { version: '1.1', uniqueKeys: false, logLevel: 'error' });
  const parts = isSeq(document.contents) ? document.contents.items : [];
  const contents = parts.map(part => (isMap(part) ? part.get('content') : undefined));
  const configs = contents.filter(content => typeof content === 'string').filter(part => CONFIG.test(part));
  return configs.length === 1 ? configs[0] : undefined;
}
