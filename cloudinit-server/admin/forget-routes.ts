import type { FastifyInstance } from 'fastify';
import { ignoreBodies } from '../http-framework.ts';
import { readAddress } from '../request-facts.ts';
import type { AdminServerOptions } from './admin-server-options.ts';
import { answerOutcome } from './answer-outcome.ts';
import { readVmParam, type VmParams } from './vm-routes.ts';

/** Adds `/vms/<vm>/forget`: `GET` says what forgetting the VM would do, `POST` does it. There is no body. */
export function addForgetRoutes(server: FastifyInstance, { forgetting }: AdminServerOptions): void {
  server.get<VmParams>('/vms/:vm/forget', async (request, reply) => {
    const name = readVmParam(request.params.vm);
    return answerOutcome(reply, name, () => forgetting.plan(name), describe);
  });
  server.register((scope, _options, ready) => {
    ignoreBodies(scope);
    scope.post<VmParams>('/vms/:vm/forget', async (request, reply) => {
      const name = readVmParam(request.params.vm);
      return answerOutcome(reply, name, () => forgetting.forget(name, readAddress(request.ip)), describe);
    });
    ready();
  });
}

function describe({ kind, plan }: { readonly kind: string; readonly plan: object }): object {
  return { forgotten: kind === 'forgotten', ...plan };
}
