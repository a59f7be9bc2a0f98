import type { FastifyInstance, FastifyReply } from 'fastify';
import { signalWhenGone } from '../http-framework.ts';
import { findVmByName, followVmByName, readSeedPath, readVmRecord } from '../observe/vm-record.ts';
import { listHostKeyConflicts } from '../registration/find-host-key-conflicts.ts';
import type { RecordedBoot } from '../state/boot-table.ts';
import { takeTurns } from '../take-turns.ts';
import type { AdminServerOptions } from './admin-server-options.ts';
import { listSeedFindings } from './list-seed-findings.ts';
import { buildUnknownVm, buildVmReport, buildVmSummary, type VmReport } from './vm-report.ts';
import { judgeGoal, WAIT_GOALS, type WaitGoal, type WaitOutcome } from './wait-goal.ts';

/** The longest that one request waits, in seconds; who wants to wait longer asks again. */
export const MAX_WAIT_SECONDS = 60;

/** How the root seed is called in a path, where `.` means something else. */
export const ROOT_SEED_IN_PATH = '-';

/**
 * Adds what is about one VM: `/vms/<vm>` and `/vms/<vm>/wait?for=ready&timeout=60&since=<time>`. A VM is named by the
 * path of its seed, or by its identity where a driver has registered it; slashes are encoded (`lab%2Fvm1`).
 */
export function addVmRoutes(server: FastifyInstance, options: AdminServerOptions): void {
  const { now } = options;
  server.get<VmParams>('/vms/:vm', async (request, reply) => {
    const name = readVmParam(request.params.vm);
    const report = await findVmReport(options, name);
    return report ?? reply.code(404).send({ error: describeUnknownVm(name) });
  });
  server.get<VmParams & WaitQuery>('/vms/:vm/wait', async (request, reply) => {
    const name = readVmParam(request.params.vm);
    const { for: text = 'ready', timeout = String(MAX_WAIT_SECONDS), since } = request.query;
    const goal = WAIT_GOALS.find(name => name === text);
    const sinceMs = since === undefined ? 0 : Date.parse(since);
    const seconds = Number(timeout);
    if (goal === undefined) return refuse(reply, `for is "${text}", wanted one of ${WAIT_GOALS.join(', ')}`);
    if (Number.isNaN(sinceMs))
      return refuse(reply, `since is "${since}", wanted a time as 2026-01-31T12:00:00Z`);
    if (!(seconds >= 0 && seconds <= MAX_WAIT_SECONDS)) {
      return refuse(reply, `timeout is "${timeout}", wanted 0 to ${MAX_WAIT_SECONDS} seconds`);
    }
    const end = AbortSignal.any([AbortSignal.timeout(seconds * 1000), signalWhenGone(reply)]);
    const outcome = await waitForGoal(options, { name, goal, since: sinceMs }, end);
    const record = findVmByName(name, options);
    if (record === undefined) return { outcome, ...buildUnknownVm(name) };
    const conflicts = listHostKeyConflicts(record.vm.id, options.state);
    return { outcome, ...buildVmSummary({ record, conflicts }, now()) };
  });
}

/** The VM that a path names; see {@link readVmParam}. */
export interface VmParams {
  readonly Params: { readonly vm: string };
}

interface WaitQuery {
  readonly Querystring: { readonly for?: string; readonly timeout?: string; readonly since?: string };
}

interface Wish {
  readonly name: string;
  readonly goal: WaitGoal;
  readonly since: number;
}

/** Waits until the goal is reached or out of reach, or until the signal is aborted; never rejects for that. */
async function waitForGoal(options: AdminServerOptions, wish: Wish, end: AbortSignal): Promise<WaitOutcome> {
  const judge = () => {
    const record = findVmByName(wish.name, options);
    return judgeGoal(record?.newest?.boot, wish.goal, wish.since);
  };
  const settled = Promise.withResolvers<WaitOutcome>();
  const stop = new AbortController();
  const look = () => {
    const outcome = judge();
    if (outcome !== 'waiting') settled.resolve(outcome);
  };
  followVmByName(wish.name, options.observer, stop.signal, look);
  end.addEventListener('abort', () => settled.resolve(judge()), { once: true });
  look();
  try {
    return await settled.promise;
  } finally {
    stop.abort();
  }
}

/** All that is known of the VM that people call so; undefined when nothing is. Guests are answered meanwhile. */
export async function findVmReport(options: AdminServerOptions, name: string): Promise<VmReport | undefined> {
  const { state, seedFindings, now } = options;
  const vm = findVmByName(name, options)?.vm;
  if (vm === undefined) return undefined;
  const { id } = vm;
  const boots: RecordedBoot[] = [];
  const rest = takeTurns();
  for (const boot of state.boots.each(id)) {
    boots.unshift(boot);
    await rest();
  }
  const record = readVmRecord(vm, options);
  if (record === undefined) return undefined;
  const parts = {
    boots,
    hostKeys: state.hostKeys.list(id),
    reported: state.driverReports.find(id),
    seedFindings: listSeedFindings(seedFindings, readSeedPath(record)),
  };
  return buildVmReport(record, parts, now());
}

/** What is said of a VM that is not on record. */
export function describeUnknownVm(name: string): string {
  return `no VM is known by "${name}", a seed or an identity`;
}

/** The VM that a part of a path names. */
export function readVmParam(param: string): string {
  return param === ROOT_SEED_IN_PATH ? '.' : param;
}

function refuse(reply: FastifyReply, reason: string): FastifyReply {
  return reply.code(400).send({ error: reason });
}
