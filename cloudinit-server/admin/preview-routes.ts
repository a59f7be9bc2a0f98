import type { FastifyInstance, FastifyReply } from 'fastify';
import { MAX_API_BODY_BYTES } from '../client/drivers-api-types.ts';
import { SeedError } from '../errors.ts';
import { parseDraft } from '../preview/draft.ts';
import { isSeedFile, SEED_FILES, type SeedFile } from '../seed-files.ts';
import type { OwnFiles } from '../state/registration-table.ts';
import type { AdminServerOptions } from './admin-server-options.ts';
import { readVmParam } from './vm-routes.ts';

/**
 * Adds what a VM would get if it asked now: `/vms/<vm>/render?file=<file>` (all files without it), and `/vms/<vm>/diff`
 * against what it last got. Both are without secrets. `POST` to the same with `{ "files": { "user-data": "…" } }` tells
 * it for files that are not saved yet; it changes nothing either.
 */
export function addPreviewRoutes(server: FastifyInstance, { previews }: AdminServerOptions): void {
  server.get<VmParams & FileQuery>('/vms/:vm/render', (request, reply) =>
    answer(request, reply, {}, (vm, files) => previews.render(vm, files)),
  );
  server.get<VmParams & FileQuery>('/vms/:vm/diff', (request, reply) =>
    answer(request, reply, {}, vm => previews.diff(vm)),
  );
  const limit = { bodyLimit: MAX_API_BODY_BYTES };
  server.post<VmParams & FileQuery>('/vms/:vm/render', limit, (request, reply) =>
    answerDraft(request, reply, (vm, files, draft) => previews.render(vm, files, draft)),
  );
  server.post<VmParams & FileQuery>('/vms/:vm/diff', limit, (request, reply) =>
    answerDraft(request, reply, (vm, _files, draft) => previews.diff(vm, draft)),
  );
}

interface VmParams {
  readonly Params: { readonly vm: string };
}

interface FileQuery {
  readonly Querystring: { readonly file?: unknown };
}

/** What is read of a request. */
interface PreviewRequest {
  readonly params: VmParams['Params'];
  readonly query: FileQuery['Querystring'];
  readonly body?: unknown;
}

type Preview = (vm: string, files: readonly SeedFile[], draft: OwnFiles) => Promise<object | undefined>;

function answerDraft(request: PreviewRequest, reply: FastifyReply, preview: Preview) {
  const draft = parseDraft(request.body);
  if (draft.kind === 'parsed') return answer(request, reply, draft.files, preview);
  return reply.code(400).send({ error: `Cannot take the draft: ${draft.reason}` });
}

async function answer(request: PreviewRequest, reply: FastifyReply, draft: OwnFiles, preview: Preview) {
  const { file } = request.query;
  if (file !== undefined && (typeof file !== 'string' || !isSeedFile(file))) {
    return reply.code(400).send({
      error: `Cannot render: file is ${JSON.stringify(file)}, wanted one of ${SEED_FILES.join(', ')}`,
    });
  }
  const vm = readVmParam(request.params.vm);
  try {
    const report = await preview(vm, file === undefined ? SEED_FILES : [file], draft);
    return report ?? reply.code(404).send({ error: `there is no VM and no seed "${vm}"` });
  } catch (error) {
    if (!(error instanceof SeedError)) throw error;
    // Who has the token may know what this host's paths are.
    return reply.code(503).send({ error: error.message });
  }
}
