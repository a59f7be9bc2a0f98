import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { SeedError } from '../../errors.ts';
import { followVmByName } from '../../observe/vm-record.ts';
import { SEED_FILES } from '../../seed-files.ts';
import type { AdminServerOptions } from '../admin-server-options.ts';
import type { VmOverview } from '../vm-overview.ts';
import { findVmReport, readVmParam } from '../vm-routes.ts';
import { renderFilesPage, renderUnreadableFiles } from './files-page.ts';
import { renderListPage } from './list-page.ts';
import { buildListView, parseListQuery } from './list-view.ts';
import { type StreamChangesOptions, streamChanges } from './live-changes.ts';
import { sendPage } from './send-page.ts';
import { renderUnknownVm, renderVmPage } from './vm-page.ts';

interface VmParams {
  readonly Params: { readonly vm: string };
}

/** Pages that are kept up to date at once; each holds a connection. */
const MAX_STREAMS = 100;

/**
 * Adds the pages for people: `/`, `/vm/<vm>`, `/vm/<vm>/files`, and `/live` and `/live/<vm>`, by which they hear that something has
 * changed.
 */
export function addPageRoutes(
  server: FastifyInstance,
  overview: VmOverview,
  options: AdminServerOptions,
): void {
  const { observer, previews, now } = options;
  server.get<{ readonly Querystring: Readonly<Record<string, unknown>> }>('/', async (request, reply) => {
    const view = await buildListView(await overview.list(), parseListQuery(request.query));
    return sendPage(reply, renderListPage(view, new Date(now())));
  });
  server.get<VmParams & { readonly Querystring: { readonly boot?: unknown } }>(
    '/vm/:vm',
    async (request, reply) => {
      const name = readVmParam(request.params.vm);
      const time = new Date(now());
      const vm = await findVmReport(options, name);
      if (vm === undefined) return sendPage(reply.code(404), renderUnknownVm(name, time));
      const { boot } = request.query;
      return sendPage(
        reply,
        renderVmPage(vm, { boot: typeof boot === 'string' ? boot : undefined, now: time }),
      );
    },
  );
  server.get<VmParams>('/vm/:vm/files', async (request, reply) => {
    const name = readVmParam(request.params.vm);
    const time = new Date(now());
    try {
      const [rendered, diff] = await Promise.all([previews.render(name, SEED_FILES), previews.diff(name)]);
      if (rendered === undefined || diff === undefined)
        return sendPage(reply.code(404), renderUnknownVm(name, time));
      return sendPage(reply, renderFilesPage({ rendered, diff }, time));
    } catch (error) {
      if (!(error instanceof SeedError)) throw error;
      return sendPage(reply.code(503), renderUnreadableFiles(name, error.message, time));
    }
  });
  let streams = 0;
  const sendChanges = (reply: FastifyReply, subscribe: StreamChangesOptions['subscribe']) => {
    if (streams >= MAX_STREAMS) return reply.code(503).send({ error: 'too many pages are open' });
    const gone = new AbortController();
    streams += 1;
    reply.raw.once('close', () => {
      streams -= 1;
      gone.abort();
    });
    const changes = Readable.from(
      streamChanges({ subscribe, signal: gone.signal, countPages: () => streams }),
    );
    return reply.type('text/event-stream').send(changes);
  };
  server.get('/live', (_request, reply) =>
    sendChanges(reply, (signal, callback) => observer.onAnyChange(signal, callback)),
  );
  server.get<VmParams>('/live/:vm', (request, reply) => {
    const name = readVmParam(request.params.vm);
    return sendChanges(reply, (signal, callback) => followVmByName(name, observer, signal, callback));
  });
}
