import { setTimeout as delay } from 'node:timers/promises';
import type { MeasuredServer } from './contestant.ts';
import { editSeed, type Ground } from './ground.ts';
import type { Contestant } from './scenarios.ts';

const EDIT_EVERY_MS = 20;
const POLL_EVERY_MS = 500;

/** Edits seeds and asks for pages, as the contestant wants it, until disposed of. */
export function disturb(ground: Ground, server: MeasuredServer, contestant: Contestant): AsyncDisposable {
  const stop = new AbortController();
  const works: Promise<void>[] = [];
  if (contestant.server === 'ours' && contestant.isEdited) works.push(edit(ground, stop.signal));
  if (contestant.server === 'ours' && contestant.isPolled) works.push(poll(server, stop.signal));
  const ended = Promise.all(works);
  // Told when it is disposed of.
  ended.catch(() => undefined);
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await ended;
    },
  };
}

async function edit({ seeds, boots }: Ground, signal: AbortSignal): Promise<void> {
  for (let turn = 0; !signal.aborted; turn += 1) {
    await editSeed(seeds, turn % boots, `edit ${turn}`);
    await rest(EDIT_EVERY_MS, signal);
  }
}

async function poll({ adminUrl = '', adminToken = '' }: MeasuredServer, signal: AbortSignal): Promise<void> {
  for (let turn = 0; !signal.aborted; turn += 1) {
    try {
      const answer = await fetch(`${adminUrl}${turn % 2 === 0 ? '/' : '/vms'}`, {
        headers: { authorization: `Bearer ${adminToken}` },
        signal,
      });
      await answer.bytes();
      if (!answer.ok) throw new Error(`Cannot poll "${answer.url}": status ${answer.status}`);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    await rest(POLL_EVERY_MS, signal);
  }
}

/** Ends early with the signal. */
async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
