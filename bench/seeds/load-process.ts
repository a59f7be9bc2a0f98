import { setTimeout as delay } from 'node:timers/promises';
import { fetchSeed, replayGuest } from '../../test/seed-guests/replay-guest.ts';
import { sendRequest } from '../../test/seed-guests/send-request.ts';
import type { LoadGuest, LoadOrder, LoadReport } from './load-order.ts';

/**
 * A process of guests: takes a {@link LoadOrder}, begins at the word `go`, tells a {@link LoadReport} and ends. In one
 * process with the server, each would wait for the other.
 */
process.once('message', (order: LoadOrder) => {
  process.once('message', () => {
    void runLoad(order).then(report => process.send?.(report));
  });
  process.send?.('ready');
});

async function runLoad({ port, guests }: LoadOrder): Promise<LoadReport> {
  const latenciesMs: number[] = [];
  const failures: Record<string, number> = {};
  const fail = (what: string) => {
    failures[what] = (failures[what] ?? 0) + 1;
  };
  const beganAt = nowMs();
  const boot = async (guest: LoadGuest) => {
    await delay(guest.beginAfterMs);
    const startedAt = performance.now();
    const route = { host: '127.0.0.1', port, from: guest.from };
    const replay = guest.pace === 'fetch' ? fetchSeed : replayGuest;
    await replay(guest, async request => {
      const waitMs = guest.pace === 'paced' ? startedAt + request.atMs - performance.now() : 0;
      if (waitMs > 0) await delay(waitMs);
      const sentAt = performance.now();
      const answer = await sendRequest(route, request);
      latenciesMs.push(performance.now() - sentAt);
      if (answer.status >= 300) fail(`status ${answer.status}`);
      return answer;
    });
  };
  await Promise.all(guests.map(guest => boot(guest).catch((error: unknown) => fail(String(error)))));
  return { beganAt, endedAt: nowMs(), latenciesMs, failures };
}

/** Comparable between processes of one host. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
