import { describe, expect, it } from 'vitest';
import { reconnectQmp } from '../../qemu/reconnect-qmp.ts';
import { answerEmpty, FakeQmpServer } from '../fakes/qmp-server.ts';

describe('reconnectQmp()', () => {
  it('pauses for longer and longer where each connection turns to garbage at once', async () => {
    await using qemu = await FakeQmpServer.listen(() => []);
    const stop = new AbortController();
    const openedAtMs: number[] = [];
    for await (const qmp of reconnectQmp(qemu.path, undefined, stop.signal)) {
      openedAtMs.push(performance.now());
      if (openedAtMs.length === 4) stop.abort();
      qemu.send('garbage\n');
      await qmp.closed;
    }
    const pauses = openedAtMs.slice(1).map((at, index) => at - (openedAtMs[index] ?? 0));
    // 250 ms were over before the first one; timers may be early by a millisecond.
    for (const [index, leastMs] of [375, 562, 843].entries())
      expect(pauses[index]).toBeGreaterThan(leastMs - 2);
  });

  it('ends when it is told to while qemu does not answer', async () => {
    await using qemu = await FakeQmpServer.listen(answerEmpty, '');
    const stop = new AbortController();
    const connections = reconnectQmp(qemu.path, undefined, stop.signal);
    const next = connections.next();
    stop.abort();
    expect((await next).done).toBe(true);
  });
});
