import type { FastifyInstance, FastifyReply } from 'fastify';
import { SeedError } from '../errors.ts';
import { isSeedFile, SEED_FILES } from '../seed-files.ts';
import type { AdminServerOptions } from './admin-server-options.ts';
import { readVmParam } from './vm-routes.ts';

/**
 * Adds what a VM would get if it asked now: `/vms/<vm>/render?file=<file>` (all files without it), and `/vms/<vm>/diff`
 * against what it last got. Both are without secrets.
 */
export function addPreviewRoutes(server: FastifyInstance, { previews }: AdminServerOptions): void {
  server.get<VmParams & FileQuery>('/vms/:vm/render', async (request, reply) => {
    const { file } = request.query;
    if (file !== undefined && (typeof file !== 'string' || !isSeedFile(file))) {
      return reply.code(400).send({
        error: `Cannot render: file is ${JSON.stringify(file)}, wanted one of ${SEED_FILES.join(', ')}`,
      });
    }
    const vm = readVmParam(request.params.vm);
    return answer(reply, vm, () => previews.render(vm, file === undefined ? SEED_FILES : [file]));
  });
  server.get<VmParams>('/vms/:vm/diff', async (request, reply) => {
    const vm = readVmParam(request.params.vm);
    return answer(reply, vm, () => previews.diff(vm));
  });
}

interface VmParams {
  readonly Params: { readonly vm: string };
}

interface FileQuery {
  readonly Querystring: { readonly file?: unknown };
}

async function answer<T>(reply: FastifyReply, vm: string, preview: () => Promise<T | undefined>) {
  try {
    const report = await preview();
    return report ?? reply.code(404).send({ error: `there is no VM and no seed "${vm}"` });
  } catch (error) {
    if (!(error instanceof SeedError)) throw error;
    // Who has the token may know what this host's paths are.
    return reply.code(503).send({ error: error.message });
  }
}
