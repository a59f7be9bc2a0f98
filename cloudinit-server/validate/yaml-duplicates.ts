import { type Document, isNode, isScalar, visit } from 'yaml';

/** Mistakes of one file that are told. */
const MAX_FOUND = 20;

/**
 * Where keys stand that their map has had before. The parser could tell as well, by comparing each key with every
 * other one, which takes minutes for a file of a mebibyte.
 */
export function findDuplicateKeys(document: Document.Parsed): readonly number[] {
  const found: number[] = [];
  visit(document, {
    Map: (_key, map) => {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        // Any number of maps may be merged in.
        if (!isScalar(key) || key.value === '<<' || typeof key.value === 'symbol') continue;
        if (seen.has(key.value) && isNode(key)) found.push(key.range?.[0] ?? 0);
        seen.add(key.value);
      }
      return found.length > MAX_FOUND ? visit.BREAK : undefined;
    },
  });
  return found.slice(0, MAX_FOUND);
}
