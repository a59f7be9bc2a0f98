import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Observer } from '../observe/observer.ts';
import { buildSeedKey } from '../render/vm-facts.ts';
import type { AdminServerOptions } from './admin-server-options.ts';
import { listSeedFindings } from './list-seed-findings.ts';
import { buildVmReport, buildVmSummary, type VmReport } from './vm-report.ts';
import { judgeGoal, WAIT_GOALS, type WaitGoal, type WaitOutcome } from './wait-goal.ts';

/** The longest that one request waits, in seconds; who wants to wait longer asks again. */
export const MAX_WAIT_SECONDS = 60;

/** How the root seed is called in a path, where `.` means something else. */
export const ROOT_SEED_IN_PATH = '-';

/**
 * Adds what is about one VM: `/vms/<seed>` and `/vms/<seed>/wait?for=ready&timeout=60&since=<time>`. Slashes in a
 * seed's path are encoded (`lab%2Fvm1`).
 */
export function addVmRoutes(server: FastifyInstance, options: AdminServerOptions): void {
  const { observer, now } = options;
  server.get<SeedParams>('/vms/:seed', (request, reply) => {
    const seed = readSeedParam(request.params.seed);
    const report = findVmReport(options, seed);
    return report ?? reply.code(404).send({ error: `no VM has asked for the seed "${seed}" yet` });
  });
  server.get<SeedParams & WaitQuery>('/vms/:seed/wait', async (request, reply) => {
    const seed = readSeedParam(request.params.seed);
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
    const outcome = await waitForGoal(observer, { seed, goal, since: sinceMs }, end);
    const vm = observer.findVm(buildSeedKey(seed));
    return { outcome, ...buildVmSummary(seed, vm && observer.newestBoot(vm), now()) };
  });
}

interface SeedParams {
  readonly Params: { readonly seed: string };
}

interface WaitQuery {
  readonly Querystring: { readonly for?: string; readonly timeout?: string; readonly since?: string };
}

interface Wish {
  readonly seed: string;
  readonly goal: WaitGoal;
  readonly since: number;
}

/** Waits until the goal is reached or out of reach, or until the signal is aborted; never rejects for that. */
async function waitForGoal(observer: Observer, wish: Wish, end: AbortSignal): Promise<WaitOutcome> {
  const judge = () => {
    const vm = observer.findVm(buildSeedKey(wish.seed));
    return judgeGoal(vm && observer.newestBoot(vm)?.boot, wish.goal, wish.since);
  };
  const settled = Promise.withResolvers<WaitOutcome>();
  const stop = new AbortController();
  const look = () => {
    const outcome = judge();
    if (outcome !== 'waiting') settled.resolve(outcome);
  };
  observer.onChange(buildSeedKey(wish.seed), stop.signal, look);
  end.addEventListener('abort', () => settled.resolve(judge()), { once: true });
  look();
  try {
    return await settled.promise;
  } finally {
    stop.abort();
  }
}

/** All that is known of the VM of a seed; undefined when it has never asked for it. */
export function findVmReport(options: AdminServerOptions, seed: string): VmReport | undefined {
  const { observer, state, seedFindings, now } = options;
  const vm = observer.findVm(buildSeedKey(seed));
  if (vm === undefined) return undefined;
  const record = {
    seed,
    boots: state.boots.list(vm.id),
    hostKeys: state.hostKeys.list(vm.id),
    seedFindings: listSeedFindings(seedFindings, seed),
  };
  return buildVmReport(record, now());
}

/** The seed that a part of a path names. */
export function readSeedParam(param: string): string {
  return param === ROOT_SEED_IN_PATH ? '.' : param;
}

function refuse(reply: FastifyReply, reason: string): FastifyReply {
  return reply.code(400).send({ error: `Cannot wait: ${reason}` });
}

function signalWhenGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}
