import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { statsReply } from '../../driver/grpc/replies.ts';
import { type TaskUsage, UsageMeter } from '../../driver/task-stats.ts';

const USAGE: TaskUsage = {
  at: new Date(0),
  pid: 7,
  userPercent: 30,
  systemPercent: 20,
  totalMhz: 1000,
  throttling: undefined,
  residentBytes: 100,
  peakResidentBytes: 200,
  swapBytes: 0,
  guestUsedBytes: undefined,
};

describe('UsageMeter', () => {
  it('measures a process that works, and none that is gone', async () => {
    const meter = new UsageMeter(process.pid, 2_000);
    const [before, beganAt] = [process.cpuUsage(), performance.now()];
    while (performance.now() < beganAt + 200);
    const usage = meter.read(5);
    const { user, system } = process.cpuUsage(before);
    const percent = (user + system) / 10 / (performance.now() - beganAt);
    // The kernel counts in ticks of 10 ms.
    expect(Math.abs((usage?.userPercent ?? 0) + (usage?.systemPercent ?? 0) - percent)).toBeLessThan(15);
    expect(usage?.totalMhz).toBeGreaterThan(0);
    expect(usage?.residentBytes).toBeGreaterThan(10_000_000);
    expect(usage?.peakResidentBytes).toBeGreaterThanOrEqual(usage?.residentBytes ?? 0);
    expect(usage?.guestUsedBytes).toBe(5);

    const child = spawn('true');
    await once(child, 'exit');
    expect(new UsageMeter(child.pid ?? 0, 2_000).read()).toBeUndefined();
  });
});

describe('statsReply()', () => {
  const usageOf = (changes: Partial<TaskUsage>) =>
    statsReply('id', { ...USAGE, ...changes }) as {
      readonly stats: {
        readonly agg_resource_usage: Readonly<
          Record<'cpu' | 'memory', { readonly measured_fields: readonly string[] }>
        >;
      };
    };

  it('lists only what is known, and never TOTAL_TICKS', () => {
    const { cpu, memory } = usageOf({}).stats.agg_resource_usage;
    expect(cpu.measured_fields).toEqual(['SYSTEM_MODE', 'USER_MODE', 'PERCENT']);
    expect(memory).toEqual({
      rss: 100,
      max_usage: 200,
      swap: 0,
      measured_fields: ['RSS', 'MAX_USAGE', 'SWAP'],
    });
  });

  it("keeps the host's figure and the guest's apart", () => {
    const changes = { guestUsedBytes: 40, throttling: { periods: 3, timeNs: 5_000 } };
    const { cpu, memory } = usageOf(changes).stats.agg_resource_usage;
    expect(memory).toMatchObject({ rss: 100, usage: 40, measured_fields: expect.arrayContaining(['USAGE']) });
    expect(cpu).toMatchObject({ throttled_periods: 3, throttled_time: 5_000 });
  });
});
