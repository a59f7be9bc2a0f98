import type { IdleCost, IdleResult } from './idle.ts';

/** A VM that does nothing must cost next to nothing; in % of one core. */
const MAX_CPU_PERCENT_A_VM = 0.5;
/** Nomad's questions open a file or two for a moment. */
const PASSING_FILES = 2;

/** What is wrong with what was measured, each as a sentence. */
export function judgeIdle({ costs, lost }: Pick<IdleResult, 'costs' | 'lost'>): readonly string[] {
  const ours = costs.filter(({ name }) => name !== 'emulators');
  return [...(lost > 0 ? [`${lost} VMs ended meanwhile`] : []), ...ours.flatMap(judgeCost)];
}

function judgeCost({ name, vms, cpuPercent, before, after }: IdleCost): readonly string[] {
  const share = cpuPercent / Math.max(1, vms);
  const faults: readonly (readonly [boolean, string])[] = [
    [
      share > MAX_CPU_PERCENT_A_VM,
      `${share.toFixed(2)} % of a core for each VM, ${MAX_CPU_PERCENT_A_VM} % are allowed`,
    ],
    [
      after.openFiles > before.openFiles + PASSING_FILES,
      `open files grew from ${before.openFiles} to ${after.openFiles}`,
    ],
    [after.processes > before.processes, `processes grew from ${before.processes} to ${after.processes}`],
  ];
  return faults.filter(([isTrue]) => isTrue).map(([, words]) => `${name}: ${words}`);
}
