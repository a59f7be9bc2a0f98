import { SeedError } from '../errors.ts';
import type { SeedFile } from '../seed-files.ts';
import type { SeedLayer } from '../seed-store.ts';

/** A file as one layer has it. */
export type LayerContent =
  | { readonly kind: 'read'; readonly path: string; readonly body: Buffer }
  | { readonly kind: 'unreadable'; readonly path: string; readonly error: SeedError };

/**
 * A file in every layer that has it, strongest first.
 *
 * @param defaults weakest first
 * @throws {SeedError} when the VM's own file cannot be read; that a weaker one cannot be is told in its place
 */
export async function readLayers(
  file: SeedFile,
  seed: SeedLayer,
  defaults: readonly SeedLayer[],
): Promise<readonly LayerContent[]> {
  const contents: LayerContent[] = [];
  const own = await seed.readFile(file);
  if (own !== undefined) contents.push({ kind: 'read', path: seed.path, body: own });
  for (const { path, readFile } of defaults.toReversed()) {
    try {
      const body = await readFile(file);
      if (body !== undefined) contents.push({ kind: 'read', path, body });
    } catch (error) {
      if (!(error instanceof SeedError)) throw error;
      contents.push({ kind: 'unreadable', path, error });
    }
  }
  return contents;
}

/**
 * The content of the strongest layer; undefined when none has the file.
 *
 * @throws {SeedError} when it cannot be read: a weaker one is not what its author wants
 */
export function chooseStrongest(contents: readonly LayerContent[]): Buffer | undefined {
  const [strongest] = contents;
  if (strongest?.kind === 'unreadable') throw strongest.error;
  return strongest?.body;
}

/** Why a layer cannot be read that may be readable in a moment. */
export function findPassingError(contents: readonly LayerContent[]): SeedError | undefined {
  const unreadable = contents.filter(content => content.kind === 'unreadable');
  return unreadable.map(({ error }) => error).find(mayPass);
}

/** Whether it may be over in a moment, as opposed to a file that must be repaired first. */
export function mayPass({ code }: SeedError): boolean {
  return code === 'seed-file-unreadable' || code === 'seed-folder-unreadable';
}
