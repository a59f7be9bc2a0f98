import { setTimeout as delay } from 'node:timers/promises';
import type { NomadAgent } from '../nomad/agent.ts';
import { hasFinishedBooting, reachedMilestones } from './milestones.ts';
import type { Progress } from './progress.ts';

/**
 * Reports a guest's milestones until it has finished booting.
 *
 * @returns the console's text
 * @throws when the signal is aborted, or the task ends first; with the end of the console
 */
export async function followBoot(
  agent: NomadAgent,
  allocId: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<string> {
  const told = new Set<string>();
  let text = '';
  while (!signal.aborted) {
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
    await delay(300, undefined, { signal }).catch(() => undefined); // the loop's condition tells why
  }
  throw new Error(`The guest has not finished booting; the end of its console: ${tail(text)}`, {
    cause: signal.reason,
  });
}

function tail(text: string): string {
  return text.split('\n').slice(-15).join('\n');
}
