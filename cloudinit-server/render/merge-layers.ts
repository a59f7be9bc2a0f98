import { isUtf8 } from 'node:buffer';
import type { LayerContent } from './layers.ts';
import { maskVariables, unmaskVariables } from './mask-variables.ts';
import type { Merged } from './put-under.ts';
import { noteLeftOut, type RenderNote } from './render-note.ts';

/** Layers made one file. */
export interface MergedLayers {
  /** Undefined when no layer has the file. Its variables are not replaced yet. */
  readonly body: Buffer | undefined;
  readonly notes: readonly RenderNote[];
}

/**
 * Merges from the strongest layer down, as far as layers can be merged: whatever is odd ends it, and the guest gets
 * what is above. The strongest alone stays as it is to the byte.
 *
 * @param contents strongest first
 * @throws {SeedError} when the strongest one cannot be read
 */
export function mergeLayers(
  contents: readonly LayerContent[],
  putUnder: (stronger: string, weaker: string) => Merged,
): MergedLayers {
  const [strongest, ...weaker] = contents;
  if (strongest === undefined) return { body: undefined, notes: [] };
  if (strongest.kind === 'unreadable') throw strongest.error;
  let { body } = strongest;
  for (const layer of weaker) {
    if (layer.kind === 'unreadable') return { body, notes: [noteLeftOut(layer.path, layer.error.message)] };
    const merged = mergeBodies(body, layer.body, putUnder);
    if (merged.kind === 'refused') {
      // What a stronger layer does not take is its author's choice, such as a script.
      return { body, notes: merged.layer === 'weaker' ? [noteLeftOut(layer.path, merged.reason)] : [] };
    }
    body = Buffer.from(unmaskVariables(merged.text));
  }
  return { body, notes: [] };
}

function mergeBodies(
  stronger: Buffer,
  weaker: Buffer,
  putUnder: (stronger: string, weaker: string) => Merged,
): Merged {
  const reason = 'it is not UTF-8';
  if (!isUtf8(stronger)) return { kind: 'refused', layer: 'stronger', reason };
  if (!isUtf8(weaker)) return { kind: 'refused', layer: 'weaker', reason };
  return putUnder(maskVariables(stronger.toString()), maskVariables(weaker.toString()));
}
