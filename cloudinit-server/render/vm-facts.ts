import type { Seed } from '../seed-store.ts';
import { buildHostname } from './generated-meta-data.ts';
import type { InstanceIdPolicy } from './instance-id.ts';

/** What is known of the VM that a seed is rendered for. */
export interface VmFacts {
  /**
   * How the VM is called on record: `seed:PATH` when it is known by its seed's path alone, `vm:IDENTITY` when a driver
   * has registered it. What comes after the first colon is what its instance-id derives from.
   */
  readonly key: string;
  /** Path of its seed, which says what groups it is in; undefined for a VM that has none. */
  readonly seedPath: string | undefined;
  readonly name: string;
  /** A legal host name. */
  readonly hostname: string;
  /** What its driver has told; undefined when none did. */
  readonly registered: RegisteredFacts | undefined;
  /** The VM's own policy; undefined: the server's. */
  readonly instanceIdPolicy: InstanceIdPolicy | undefined;
}

/** What only a driver knows of a VM. Each value is fit for a plain YAML text: see `isVariableValue`. */
export interface RegisteredFacts {
  readonly uuid: string;
  /** In the order of the VM's NICs; empty without one. */
  readonly macAddresses: readonly string[];
  readonly namespace: string;
  readonly job: string;
  readonly group: string;
  readonly task: string;
  /** Index of the allocation in its group, from 0. */
  readonly index: number;
  readonly node: string;
}

/** How a VM that is known by its seed alone is called on record. */
export function buildSeedKey(seedPath: string): string {
  return `seed:${seedPath}`;
}

/** How a VM that a driver has registered is called on record. */
export function buildVmKey(identity: string): string {
  return `vm:${identity}`;
}

/** The facts of a VM that is known by its seed's path alone. */
export function buildSeedFacts(seed: Pick<Seed, 'path' | 'name'>): VmFacts {
  return {
    key: buildSeedKey(seed.path),
    seedPath: seed.path,
    name: seed.name,
    hostname: buildHostname(seed.name),
    registered: undefined,
    instanceIdPolicy: undefined,
  };
}
