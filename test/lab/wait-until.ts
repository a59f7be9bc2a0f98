import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks again and again until there is an answer.
 *
 * @param what for the message: "the guest's address"
 * @throws the signal's end as an error that says what was waited for
 */
export async function waitUntil<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  signal: AbortSignal,
): Promise<T> {
  while (!signal.aborted) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await delay(100, undefined, { signal }).catch(() => undefined); // the loop's condition tells why
  }
  throw new Error(`Waited in vain for ${what}`, { cause: signal.reason });
}
