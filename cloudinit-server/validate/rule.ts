import type { SeedFile } from '../seed-files.ts';
import type { Problem } from './finding.ts';
import type { YamlMap } from './record.ts';

/** What a rule about cloud-config may look at beside the config itself. */
export interface SeedFacts {
  /** Which file the config is in: user-data or vendor-data. */
  readonly file: SeedFile;
  /** What the guest acts on: vendor-data under user-data, key by key. */
  readonly merged: YamlMap;
  /** The meta-data as far as it is a map. */
  readonly metaData: YamlMap;
  /** Whether all that the guest gets is known: no template decides it, and no other part is added. */
  readonly isComplete: boolean;
}

/** A pure rule: what is wrong with a config. */
export type ConfigRule = (config: YamlMap, facts: SeedFacts) => readonly Problem[];
