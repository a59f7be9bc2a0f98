import { describe, expect, it } from 'vitest';
import type { VmEvent, VmEventBody } from '../../../cloudinit-server/client.ts';
import { describeEvent } from '../../../driver/cloud-init/describe-event.ts';
import { newSeedBook, type SeedBook } from '../../../driver/cloud-init/seed-book.ts';
import { takeEvent } from '../../../driver/cloud-init/take-event.ts';

const READY: VmEventBody = { kind: 'ready', took_s: 41.3 };
const FAILED: VmEventBody = { kind: 'failed', steps: ['modules-final/config-packages-update'], took_s: 12.2 };
const STUCK: VmEventBody = { kind: 'stuck', reason: 'it sleeps' };

function eventOf(cursor: number, body: VmEventBody): VmEvent {
  return { cursor, at: '', identity: 'default/a', alloc_id: 'alloc', ...body };
}

/** What the user is told of a series of events; a line in brackets is in the account alone. */
function tell(bodies: readonly VmEventBody[]): { readonly said: readonly string[]; readonly book: SeedBook } {
  let book = newSeedBook(0);
  const said: string[] = [];
  for (const [index, body] of bodies.entries()) {
    const taken = takeEvent(book, eventOf(index + 1, body));
    if (taken === undefined) continue;
    book = taken.book;
    if (taken.line !== undefined) said.push(taken.isShown ? taken.line : `[${taken.line}]`);
  }
  return { said, book };
}

describe('describeEvent()', () => {
  it.each<[VmEventBody, string | undefined]>([
    [READY, 'cloud-init finished in 41 s'],
    [{ kind: 'ready', took_s: 4.26 }, 'cloud-init finished in 4.3 s'],
    [FAILED, 'cloud-init failed in module packages-update after 12 s'],
    [{ kind: 'failed', steps: [], took_s: 12 }, 'cloud-init failed after 12 s'],
    [
      { kind: 'failed', steps: ['init-network/config-a', 'modules-final', 'x/b', 'x/c', 'x/d'], took_s: 100 },
      'cloud-init failed in modules a, modules-final, b and 2 more after 100 s',
    ],
    [STUCK, 'cloud-init is stuck: it sleeps'],
    [{ kind: 'address', address: '10.0.0.1', mac_address: null, source: 'seed request' }, undefined],
  ])('says of %j: %s', (body, line) => {
    expect(describeEvent(body)).toBe(line);
  });

  it('does not leave out that host keys have changed', () => {
    expect(describeEvent({ kind: 'host-keys-changed' })).toContain('ssh host keys are others than before');
  });
});

describe('takeEvent()', () => {
  it('takes each event once', () => {
    const book = newSeedBook(7);
    expect(takeEvent(book, eventOf(7, READY))).toBeUndefined();
    expect(takeEvent(book, eventOf(8, READY))?.book.cursor).toBe(8);
  });

  it('keeps how cloud-init ended the first time, whatever later boots do', () => {
    expect(tell([STUCK, READY, FAILED]).book).toMatchObject({
      outcome: { kind: 'ready' },
      stuckReason: 'it sleeps',
    });
    expect(tell([FAILED, READY]).book.outcome).toEqual({
      kind: 'failed',
      text: 'cloud-init failed in module packages-update after 12 s',
    });
  });

  it('spends an event on news only, and four at most', () => {
    const done = 'cloud-init finished in 41 s';
    const stuck = 'cloud-init is stuck: it sleeps';
    expect(tell([READY, READY, STUCK, READY, STUCK, READY]).said).toEqual([
      done,
      `[${done}]`,
      stuck,
      done,
      stuck,
      `[${done}]`,
    ]);
  });
});
