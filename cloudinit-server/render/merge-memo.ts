import { createHash } from 'node:crypto';
import type { LayerContent } from './layers.ts';
import { type MergedLayers, mergeLayers } from './merge-layers.ts';
import type { Merged } from './put-under.ts';

/** Merges layers as `mergeLayers` does. */
export type MergeLayers = (contents: readonly LayerContent[]) => MergedLayers;

/** Results that are kept; each has 64 KiB at most, as larger texts are not merged. */
const MAX_KEPT = 128;

/**
 * Merges, and knows the newest results by the contents that they were made of: VMs of a group have the same layers, and
 * reading their YAML takes longer than all else that an answer does.
 */
export function createMergeMemo(putUnder: (stronger: string, weaker: string) => Merged): MergeLayers {
  const kept = new Map<string, MergedLayers>();
  return contents => {
    // One layer is not merged at all, and what is unreadable may be readable the next time.
    if (contents.length < 2 || contents.some(({ kind }) => kind === 'unreadable')) {
      return mergeLayers(contents, putUnder);
    }
    const key = digestOf(contents);
    const known = kept.get(key);
    const merged = known ?? mergeLayers(contents, putUnder);
    // The one used last goes last.
    kept.delete(key);
    kept.set(key, merged);
    const [oldest] = kept.keys();
    if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    return merged;
  };
}

function digestOf(contents: readonly LayerContent[]): string {
  const hash = createHash('sha256');
  for (const content of contents) {
    // The paths are in notes.
    hash.update(`${content.path}\n`);
    if (content.kind === 'read') hash.update(`${content.body.length}\n`).update(content.body);
  }
  return hash.digest('base64');
}
