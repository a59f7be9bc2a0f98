import { setTimeout as delay } from 'node:timers/promises';
import type { NomadAgent } from '../nomad/agent.ts';
import { hasFinishedBooting, reachedMilestones } from './milestones.ts';
import type { Progress } from './progress.ts';

/**
 * Reports a guest's milestones until it has finished booting.
 *
 * @returns the console's text
 * @throws the signal's reason; or, with the end of the console, when the task ends first or five minutes have passed
 */
export async function followBoot(
  agent: NomadAgent,
  allocId: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<string> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(300_000)]);
  const told = new Set<string>();
  let text = '';
  while (!deadline.aborted) {
    text = await agent.logs(allocId, 'stdout');
    for (const milestone of reachedMilestones(text)) {
      if (told.has(milestone)) continue;
      told.add(milestone);
      progress.note(`guest: ${milestone}`);
    }
    if (hasFinishedBooting(text)) return text;
    const ended = (await agent.events(allocId)).find(event => event.type === 'Terminated');
    if (ended !== undefined)
      throw new Error(`The guest ended while booting: ${ended.message}; its console: ${tail(text)}`);
    await delay(300, undefined, { signal: deadline }).catch(() => undefined); // the loop's condition tells why
  }
  signal.throwIfAborted();
  throw new Error(
    `The guest has not finished booting after five minutes; the end of its console: ${tail(text)}`,
  );
}

function tail(text: string): string {
  return text.split('\n').slice(-15).join('\n');
}
