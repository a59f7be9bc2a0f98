import type { FastifyInstance, FastifyReply } from 'fastify';
import type { BumpOutcome } from '../bump/vm-bumps.ts';
import { SeedError } from '../errors.ts';
import { ignoreBodies } from '../http-framework.ts';
import { readAddress } from '../request-facts.ts';
import type { AdminServerOptions } from './admin-server-options.ts';
import { describeUnknownVm, readVmParam, type VmParams } from './vm-routes.ts';

interface FromQuery {
  readonly Querystring: { readonly from?: unknown };
}

/**
 * Adds `/vms/<vm>/bump`: `GET` says what a bump would do, `POST` does it. `?from=<instance-id>` is the one that is to be
 * replaced: a `POST` that is sent twice bumps once. There is no body, and what is sent as one is not looked at.
 */
export function addBumpRoutes(server: FastifyInstance, { bumps }: AdminServerOptions): void {
  server.get<VmParams>('/vms/:vm/bump', async (request, reply) => {
    const name = readVmParam(request.params.vm);
    return answer(reply, name, () => bumps.plan(name));
  });
  server.register((scope, _options, ready) => {
    ignoreBodies(scope);
    scope.post<VmParams & FromQuery>('/vms/:vm/bump', async (request, reply) => {
      const name = readVmParam(request.params.vm);
      const { from } = request.query;
      const wanted = typeof from === 'string' ? from : undefined;
      return answer(reply, name, () => bumps.bump(name, wanted, readAddress(request.ip)));
    });
    ready();
  });
}

async function answer(reply: FastifyReply, name: string, ask: () => Promise<BumpOutcome>) {
  try {
    const outcome = await ask();
    switch (outcome.kind) {
      case 'planned':
      case 'bumped':
        return { bumped: outcome.kind === 'bumped', ...outcome.plan };
      case 'unknown':
        return await reply.code(404).send({ error: describeUnknownVm(name) });
      case 'refused':
        return await reply.code(409).send({ error: outcome.reason });
    }
  } catch (error) {
    if (!(error instanceof SeedError)) throw error;
    // Who has the token may know what this host's paths are.
    return reply.code(503).send({ error: error.message });
  }
}
