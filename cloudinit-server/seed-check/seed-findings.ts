import type { Finding, Severity } from '../validate/finding.ts';

/** What the newest check of each seed has found; a seed without findings takes no room. */
export interface SeedFindings {
  /** Of one folder. */
  find(seedPath: string): readonly Finding[];
  /** Replaces those of a folder. */
  set(seedPath: string, findings: readonly Finding[]): void;
  /** Of all folders. */
  count(severity: Severity): number;
}

/** Creates it, empty. */
export function createSeedFindings(): SeedFindings {
  const known = new Map<string, readonly Finding[]>();
  return {
    find: seedPath => known.get(seedPath) ?? [],
    set: (seedPath, findings) => {
      if (findings.length === 0) known.delete(seedPath);
      else known.set(seedPath, findings);
    },
    count: severity => {
      const all = [...known.values()];
      return all.reduce((sum, list) => sum + list.filter(finding => finding.severity === severity).length, 0);
    },
  };
}
