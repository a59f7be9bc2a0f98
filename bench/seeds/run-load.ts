import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { LoadGuest, LoadOrder, LoadReport } from './load-order.ts';

/** Processes of guests: one core is left to the server, and more than four would only wait. */
const LOAD_PROCESSES = Math.min(4, Math.max(1, availableParallelism() - 1));

/** Kinds of failure that are told. */
const MAX_TOLD = 5;

/** What guests saw of a server. */
export interface LoadResult {
  readonly requests: number;
  /** From the first request to the last answer. */
  readonly seconds: number;
  /** Ascending. */
  readonly latenciesMs: readonly number[];
}

/**
 * Boots all guests against a server, from processes of their own.
 *
 * @throws when a request was not answered, or not with success: then there is nothing to compare
 */
export async function runLoad(
  port: number,
  guests: readonly LoadGuest[],
  signal: AbortSignal,
): Promise<LoadResult> {
  const shares = Array.from({ length: LOAD_PROCESSES }, (_, index) =>
    guests.filter((_guest, place) => place % LOAD_PROCESSES === index),
  ).filter(share => share.length > 0);
  const children = shares.map(() => fork(join(import.meta.dirname, 'load-process.ts'), { signal }));
  // Ended by the signal; who waits for its messages is told.
  for (const child of children) child.on('error', () => undefined);
  try {
    await Promise.all(
      children.map((child, index) => order(child, { port, guests: shares[index] ?? [] }, signal)),
    );
    const reports = await Promise.all(children.map(child => run(child, signal)));
    return sum(reports);
  } finally {
    for (const child of children) child.kill('SIGKILL');
  }
}

async function order(child: ChildProcess, what: LoadOrder, signal: AbortSignal): Promise<void> {
  child.send(what);
  await once(child, 'message', { signal });
}

async function run(child: ChildProcess, signal: AbortSignal): Promise<LoadReport> {
  child.send('go');
  // Our own process's answer.
  const [report] = (await once(child, 'message', { signal })) as [LoadReport];
  return report;
}

function sum(reports: readonly LoadReport[]): LoadResult {
  const failures = reports.flatMap(({ failures: some }) => Object.entries(some));
  if (failures.length > 0) {
    const told = failures.slice(0, MAX_TOLD).map(([what, count]) => `${count} × ${what}`);
    throw new Error(`Cannot compare: ${failures.length} kinds of failure, such as ${told.join(', ')}`);
  }
  const latenciesMs = reports.flatMap(report => report.latenciesMs).sort((a, b) => a - b);
  const beganAt = Math.min(...reports.map(report => report.beganAt));
  const endedAt = Math.max(...reports.map(report => report.endedAt));
  return { requests: latenciesMs.length, seconds: (endedAt - beganAt) / 1000, latenciesMs };
}
