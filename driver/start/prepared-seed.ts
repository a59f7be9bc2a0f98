import type { SeedSource } from '../../qemu/vm-spec.ts';
import type { KeptRegistration, SeedService } from '../cloud-init/seed-service.ts';
import type { SeedFindings } from '../cloud-init/summarise-findings.ts';
import type { TaskConfig } from '../config/task-config.ts';
import type { TaskRequest } from '../task-request.ts';

/** The VM whose seed is prepared. */
export interface SeedTarget {
  readonly config: TaskConfig;
  readonly request: TaskRequest;
  readonly identity: string;
  readonly macAddresses: readonly string[];
  /** There wherever a config can say that a VM is to be registered. */
  readonly seeds: SeedService | undefined;
}

/** A seed that is there for the guest. */
export interface PreparedSeed {
  readonly source: SeedSource;
  /** Lines for the account. */
  readonly remarks: readonly string[];
  readonly findings?: SeedFindings | undefined;
  /** What is to be kept of a registration. */
  readonly registration?: KeptRegistration;
}
