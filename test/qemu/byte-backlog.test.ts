import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteBacklog } from '../../qemu/byte-backlog.ts';

describe('ByteBacklog', () => {
  it('gives what waits in one piece, then waits', async () => {
    const backlog = new ByteBacklog(100);
    backlog.push(Buffer.from('a'));
    backlog.push(Buffer.from('b'));
    expect(await backlog.take()).toEqual({ droppedBytes: 0, data: Buffer.from('ab') });
    const taking = backlog.take();
    backlog.push(Buffer.from('c'));
    expect(await taking).toEqual({ droppedBytes: 0, data: Buffer.from('c') });
  });

  it('ends after what waits', async () => {
    const backlog = new ByteBacklog(100);
    backlog.push(Buffer.from('a'));
    backlog.close();
    backlog.push(Buffer.from('too late'));
    expect((await backlog.take())?.data.toString()).toBe('a');
    expect(await backlog.take()).toBeUndefined();
  });

  it('keeps the newest bytes and counts the others', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 9 })),
        fc.integer({ min: 1, max: 20 }),
        async (pieces, capacity) => {
          const backlog = new ByteBacklog(capacity);
          for (const piece of pieces) backlog.push(Buffer.from(piece));
          backlog.close();
          const all = Buffer.concat(pieces);
          const taken = await backlog.take();
          const kept = all.subarray(Math.max(0, all.length - capacity));
          expect(taken?.data ?? Buffer.alloc(0)).toEqual(kept);
          expect(taken?.droppedBytes ?? 0).toBe(all.length - kept.length);
        },
      ),
    );
  });
});
