import type { FastifyInstance, FastifyReply } from 'fastify';
import type { BumpOutcome } from '../../bump/vm-bumps.ts';
import { SeedError } from '../../errors.ts';
import { ignoreBodies } from '../../http-framework.ts';
import { findVmByName } from '../../observe/vm-record.ts';
import { readAddress } from '../../request-facts.ts';
import type { AdminServerOptions } from '../admin-server-options.ts';
import { readVmParam, type VmParams } from '../vm-routes.ts';
import { type BumpView, renderBumpPage } from './bump-page.ts';
import { sendPage } from './send-page.ts';
import { renderUnknownVm } from './vm-page.ts';
import { buildBumpPath } from './vm-path.ts';

interface ReplacedQuery {
  readonly Querystring: { readonly replaced?: unknown };
}

interface FromQuery {
  readonly Querystring: { readonly from?: unknown };
}

/**
 * Adds `/vm/<vm>/bump`: `GET` shows what a bump would do; `POST`, by the form of that page, does it and leads to
 * `?replaced=<instance-id>`, where it is said what is left to do. Who may is judged by `requireToken`.
 */
export function addBumpPageRoutes(server: FastifyInstance, options: AdminServerOptions): void {
  const { bumps, now } = options;
  const show = (reply: FastifyReply, name: string, found: BumpOutcome, replaced?: unknown) => {
    const time = new Date(now());
    const isSeen = findVmByName(name, options) !== undefined;
    const outcome = found.kind === 'unknown' && isSeen ? NO_FOLDER : found;
    if (outcome.kind === 'unknown') return sendPage(reply.code(404), renderUnknownVm(name, time));
    const status = outcome.kind === 'refused' ? 409 : 200;
    return sendPage(reply.code(status), renderBumpPage(name, chooseView(outcome, replaced), time));
  };
  const orSayWhy = async (reply: FastifyReply, name: string, work: () => Promise<FastifyReply>) => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof SeedError)) throw error;
      const view = { kind: 'refused', reason: error.message } as const;
      return sendPage(reply.code(503), renderBumpPage(name, view, new Date(now())));
    }
  };
  server.get<VmParams & ReplacedQuery>('/vm/:vm/bump', (request, reply) => {
    const name = readVmParam(request.params.vm);
    return orSayWhy(reply, name, async () =>
      show(reply, name, await bumps.plan(name), request.query.replaced),
    );
  });
  server.register((scope, _options, ready) => {
    ignoreBodies(scope);
    scope.post<VmParams & FromQuery>('/vm/:vm/bump', (request, reply) => {
      const name = readVmParam(request.params.vm);
      const { from } = request.query;
      return orSayWhy(reply, name, async () => {
        if (typeof from !== 'string') return show(reply, name, NOT_SAID);
        const outcome = await bumps.bump(name, from, readAddress(request.ip));
        if (outcome.kind !== 'bumped') return show(reply, name, outcome);
        return reply.redirect(`${buildBumpPath(name)}?${new URLSearchParams({ replaced: from })}`, 303);
      });
    });
    ready();
  });
}

const NOT_SAID: BumpOutcome = {
  kind: 'refused',
  reason: 'the request does not say which instance-id is to be replaced; open this page anew',
};

const NO_FOLDER: BumpOutcome = {
  kind: 'refused',
  reason: 'its folder is gone from the seeds, so there is nothing that it could be set up with',
};

/** @param replaced the id that the VM had when its bump was confirmed */
function chooseView(outcome: Exclude<BumpOutcome, { kind: 'unknown' }>, replaced: unknown): BumpView {
  if (outcome.kind === 'refused') return outcome;
  const { plan } = outcome;
  const isDone = typeof replaced === 'string' && replaced !== plan.instance_id.from;
  return { kind: isDone ? 'bumped' : 'planned', plan };
}
