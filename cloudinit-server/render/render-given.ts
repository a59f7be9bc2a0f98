import { SeedError } from '../errors.ts';
import type { SeedFile } from '../seed-files.ts';
import type { SeedLayer, SeedStore } from '../seed-store.ts';
import type { RenderTarget } from './render-target.ts';
import { createSeedRenderer } from './seed-renderer.ts';
import { buildSeedFacts } from './vm-facts.ts';

/** What people wrote for a VM, its own files with those that go under them. */
export type GivenFiles = Readonly<Partial<Record<SeedFile, Buffer>>>;

/** The files that are judged together. */
const FILES = ['meta-data', 'user-data', 'vendor-data'] as const;

/**
 * What a VM would be given without what the server adds by itself. Undefined when nothing goes under its own files, or
 * that cannot be read.
 */
export async function renderGiven(
  { seed, vm }: Pick<RenderTarget, 'seed' | 'vm'>,
  store: Pick<SeedStore, 'findDefaults'>,
): Promise<GivenFiles | undefined> {
  const renderer = createSeedRenderer({ store });
  const target = { seed, vm, serverUrl: undefined, vendorConfig: undefined };
  try {
    if ((await store.findDefaults(vm.seedPath)).length === 0) return undefined;
    const given: Partial<Record<SeedFile, Buffer>> = {};
    for (const file of FILES) given[file] = (await renderer.render(file, target)).body;
    return given;
  } catch (error) {
    if (error instanceof SeedError) return undefined;
    throw error;
  }
}

/** The same for a VM that is known by its seed's path alone. */
export function renderGivenByPath(
  seed: SeedLayer,
  store: Pick<SeedStore, 'findDefaults'>,
): Promise<GivenFiles | undefined> {
  const name = seed.path.split('/').at(-1) ?? seed.path;
  return renderGiven({ seed, vm: buildSeedFacts({ path: seed.path, name }) }, store);
}
