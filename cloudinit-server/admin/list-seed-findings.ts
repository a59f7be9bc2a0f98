import type { SeedFindings } from '../seed-check/seed-findings.ts';
import { listDefaultsPaths, ROOT_SEED } from '../seed-path.ts';
import type { SeedFinding } from './vm-report.ts';

/**
 * What is wrong with the files that a VM gets, as JSON has it: its own first.
 *
 * @param seedPath undefined for a VM without a seed
 */
export function listSeedFindings(
  findings: SeedFindings,
  seedPath: string | undefined,
): readonly SeedFinding[] {
  const own = seedPath === undefined ? [] : [seedPath];
  return [...own, ...listDefaultsPaths(seedPath).toReversed()].flatMap(folder =>
    findings.find(folder).map(({ file, line, column, severity, rule, path, message }) => {
      const name = folder === ROOT_SEED ? file : `${folder}/${file}`;
      return { file: name, line, column, severity, rule, path, message };
    }),
  );
}
