import type { FastifyInstance } from 'fastify';
import { ignoreBodies } from '../http-framework.ts';
import { readAddress } from '../request-facts.ts';
import type { AdminServerOptions } from './admin-server-options.ts';
import { answerOutcome } from './answer-outcome.ts';
import { readVmParam, type VmParams } from './vm-routes.ts';

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
    return answerOutcome(reply, name, () => bumps.plan(name), describe);
  });
  server.register((scope, _options, ready) => {
    ignoreBodies(scope);
    scope.post<VmParams & FromQuery>('/vms/:vm/bump', async (request, reply) => {
      const name = readVmParam(request.params.vm);
      const { from } = request.query;
      const wanted = typeof from === 'string' ? from : undefined;
      const bump = () => bumps.bump(name, wanted, readAddress(request.ip));
      return answerOutcome(reply, name, bump, describe);
    });
    ready();
  });
}

function describe({ kind, plan }: { readonly kind: string; readonly plan: object }): object {
  return { bumped: kind === 'bumped', ...plan };
}
