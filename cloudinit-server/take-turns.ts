import { setImmediate as letOthersRun } from 'node:timers/promises';

/** ms; guests wait so long at most for work on all VMs. */
const TURN_MS = 2;

/**
 * Cuts long work into turns. What is returned is called between small steps, and what it returns is awaited: once a turn is
 * over, guests are answered then.
 *
 * @param now ms on a clock that nobody sets
 */
export function takeTurns(now = () => performance.now()): () => Promise<void> | undefined {
  let beganAt = now();
  const rest = async () => {
    await letOthersRun();
    beganAt = now();
  };
  return () => (now() - beganAt < TURN_MS ? undefined : rest());
}
