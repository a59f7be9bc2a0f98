import { type Boot, hasReached, listFailures } from '../boot/boot.ts';

/** What one can wait for. */
export const WAIT_GOALS = ['seed', 'activated', 'ready', 'success'] as const;

/**
 * `seed`: it has fetched its seed. `activated`: cloud-init works on it. `ready`: cloud-init has ended, whatever came of
 * it. `success`: it has ended and no step of it failed.
 */
export type WaitGoal = (typeof WAIT_GOALS)[number];

/** Whether there is something to wait for yet; `failed` means that it can't be reached in this boot any more. */
export type WaitOutcome = 'reached' | 'waiting' | 'failed';

/**
 * Judges a VM's newest boot.
 *
 * @param since boots that began before don't count; ms since the epoch
 */
export function judgeGoal(boot: Boot | undefined, goal: WaitGoal, since: number): WaitOutcome {
  if (boot === undefined || boot.beganAt < since) return 'waiting';
  switch (goal) {
    case 'seed':
      return hasReached(boot, 'user-data') ? 'reached' : 'waiting';
    case 'activated':
      return hasReached(boot, 'activated') ? 'reached' : 'waiting';
    case 'ready':
      return hasReached(boot, 'ready') ? 'reached' : 'waiting';
    case 'success':
      if (!hasReached(boot, 'ready')) return 'waiting';
      return listFailures(boot).length === 0 ? 'reached' : 'failed';
  }
}
