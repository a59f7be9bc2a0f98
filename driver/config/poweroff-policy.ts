import type { Personality } from './personality.ts';
import type { ReportProblem } from './problem.ts';

/** What becomes of a VM whose guest powers off. */
export type PoweroffPolicy = (typeof POWEROFF_POLICIES)[number];
const POWEROFF_POLICIES = ['exit', 'hold', 'boot'] as const;

/** Reads `on_guest_poweroff`; a wrong one is reported, and read as the default. */
export function parsePoweroffPolicy(
  given: string | undefined,
  personality: Personality,
  report: ReportProblem,
): PoweroffPolicy {
  if (given === undefined) return 'exit';
  const policy = POWEROFF_POLICIES.find(known => known === given);
  if (policy === undefined) {
    report(
      'config.on_guest_poweroff',
      `${JSON.stringify(given)} is not one of ${POWEROFF_POLICIES.map(known => `"${known}"`).join(', ')}`,
    );
  } else if (policy !== 'exit' && personality === 'qemu') {
    report(
      'config.on_guest_poweroff',
      `"${policy}" is not possible with driver "qemu", which ends a task with its guest as the built-in driver does; use driver "vm", or leave it out`,
    );
  }
  return policy ?? 'exit';
}
