import { isDefaultsPath } from '../seed-path.ts';
import type { SeedLayer, SeedStore } from '../seed-store.ts';

/**
 * The folder of files at this path, be it a seed or what seeds share; undefined when there surely is none.
 *
 * @throws {SeedError}
 */
export async function findLayer(
  store: Pick<SeedStore, 'findSeed' | 'findDefaults'>,
  path: string,
): Promise<SeedLayer | undefined> {
  if (!isDefaultsPath(path)) return store.findSeed(path);
  // Any seed beside it has it.
  const beside = path.split('/').with(-1, 'any').join('/');
  const layers = await store.findDefaults(beside);
  return layers.find(layer => layer.path === path);
}
