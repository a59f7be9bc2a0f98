import { readLayers } from '../render/layers.ts';
import { parseMapText } from '../render/map-text.ts';
import { maskVariables } from '../render/mask-variables.ts';
import type { SeedLayer } from '../seed-store.ts';

/**
 * Which folder's meta-data decides a VM's instance-id, by its path: the strongest that names one, else the strongest that
 * there is, which is then no map of keys.
 *
 * @param defaults weakest first
 * @throws {SeedError} when its own meta-data cannot be read
 */
export async function findIdAuthor(
  seed: SeedLayer,
  defaults: readonly SeedLayer[],
): Promise<string | undefined> {
  const contents = await readLayers('meta-data', seed, defaults);
  const named = contents.find(content => {
    if (content.kind === 'unreadable') return false;
    const map = parseMapText(maskVariables(content.body.toString()));
    return map.kind === 'odd' || (map.kind === 'map' && map.value['instance-id'] !== undefined);
  });
  return (named ?? contents[0])?.path;
}
