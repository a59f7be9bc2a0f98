import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { VmSpec } from '../../qemu/vm-spec.ts';

const FOLDER = join(import.meta.dirname, '../golden/arguments');

/** Every VM of test/golden/arguments, by the name of its case. */
export function readGoldenSpecs(): ReadonlyMap<string, VmSpec> {
  return new Map(
    readdirSync(FOLDER)
      .filter(name => name.endsWith('.json'))
      .sort()
      .map(name => [basename(name, '.json'), readSpec(join(FOLDER, name))]),
  );
}

export function goldenArgumentsPath(name: string): string {
  return join(FOLDER, `${name}.args`);
}

function readSpec(path: string): VmSpec {
  // The files are ours and hold complete specs; an absent seed stands for undefined.
  const spec = JSON.parse(readFileSync(path, 'utf8')) as VmSpec;
  return { ...spec, seedSource: spec.seedSource };
}
