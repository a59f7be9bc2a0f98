import { setImmediate as letOthersRun } from 'node:timers/promises';

/** ms; guests wait so long at most for work on all VMs. */
const TURN_MS = 2;

/**
 * Cuts long work into turns. What is returned is called after each small step, and what it returns is awaited: guests are
 * answered then, once a turn is over.
 */
export function takeTurns(): () => Promise<void> | undefined {
  let beganAt = performance.now();
  const rest = async () => {
    await letOthersRun();
    beganAt = performance.now();
  };
  return () => (performance.now() - beganAt < TURN_MS ? undefined : rest());
}
