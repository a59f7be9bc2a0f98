import { cp, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { addUsages, findDescendants, readUsage, type Usage } from '../../test/chaos/process-usage.ts';
import type { MeasuredServer } from './contestant.ts';
import { disturb } from './disturb.ts';
import { startFastify } from './fastify-server.ts';
import { buildGuests, type Ground } from './ground.ts';
import { startNginx } from './nginx-server.ts';
import { startOurServer } from './our-server.ts';
import { refreshRegistrations } from './refresh-registrations.ts';
import { runLoad } from './run-load.ts';
import type { Contestant, Scenario } from './scenarios.ts';

/** One run of one server. */
export interface Measurement {
  readonly requestsPerSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** CPU time of the server for each request, user and system; hardly depends on what else the host does. */
  readonly cpuMicrosPerRequest: number;
  /** Resident, at the end. */
  readonly rssMib: number;
}

/** Starts the server anew, warms it up by as many other guests, boots all guests against it, and ends it. */
export async function measure(
  ground: Ground,
  scenario: Scenario,
  contestant: Contestant,
  signal: AbortSignal,
): Promise<Measurement> {
  const folder = await mkdtemp(join(ground.folder, 'run-'));
  try {
    await using server = await startContestant(ground, contestant, folder, signal);
    await using _disturbance = disturb(ground, server, contestant);
    const isRegistered = contestant.server === 'ours' && contestant.known === 'registered';
    const { boots, registeredPaths } = ground;
    const paths = isRegistered ? registeredPaths : [];
    const { pace } = scenario;
    const isCold = contestant.server === 'ours' && contestant.isCold;
    if (!isCold) await runLoad(server.port, buildGuests(boots, 2 * boots, 'burst', paths), signal);
    const before = await readServerUsage(server.pid);
    const guests = buildGuests(0, boots, pace, paths);
    const { requests, seconds, latenciesMs } = await runLoad(server.port, guests, signal);
    const after = await readServerUsage(server.pid);
    return {
      requestsPerSecond: requests / seconds,
      medianMs: readPercentile(latenciesMs, 50),
      p99Ms: readPercentile(latenciesMs, 99),
      maxMs: readPercentile(latenciesMs, 100),
      cpuMicrosPerRequest: ((after.cpuMs - before.cpuMs) * 1000) / requests,
      rssMib: after.rssKib / 1024,
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The value that so many per cent are not above. @param sorted ascending, not empty */
export function readPercentile(sorted: readonly number[], percent: number): number {
  const value = sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)];
  if (value === undefined) throw new RangeError('Cannot read a percentile of 0 values, at least 1 is needed');
  return value;
}

async function startContestant(
  ground: Ground,
  contestant: Contestant,
  folder: string,
  signal: AbortSignal,
): Promise<MeasuredServer> {
  switch (contestant.server) {
    case 'nginx':
      return await startNginx(ground.files, folder, signal);
    case 'fastify':
      return await startFastify(ground.files, folder, signal);
    case 'ours': {
      const state = join(folder, 'state');
      await cp(ground.states[contestant.known], state, { recursive: true });
      if (contestant.known === 'registered') refreshRegistrations(state);
      return await startOurServer({ seeds: ground.seeds, state, logFile: join(folder, 'log') }, signal);
    }
  }
}

/** nginx works in child processes. */
async function readServerUsage(pid: number): Promise<Usage> {
  const pids = [pid, ...(await findDescendants(pid))];
  return addUsages(await Promise.all(pids.map(readUsage)));
}
