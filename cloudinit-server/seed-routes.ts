import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SeedError } from './errors.ts';
import { holdUntilReadable } from './hold.ts';
import type { ServerLimits } from './limits.ts';
import type { SeedAnswer, SeedObserver } from './observe/seed-observer.ts';
import { renderSeedFile } from './render-seed-file.ts';
import { readAddress, readRequestFacts } from './request-facts.ts';
import { parseRequestPath, type SeedRequest } from './request-path.ts';
import { isIdentityFile } from './seed-files.ts';
import type { SeedStore } from './seed-store.ts';
import type { ServerLog } from './server-log.ts';

/** What the seed routes work with. */
export interface SeedRouteOptions {
  readonly store: SeedStore;
  readonly log: ServerLog;
  readonly limits: Pick<ServerLimits, 'holdMs' | 'holdRetryMs'>;
  /** Aborted when the server begins to stop: guests that are held get their answer at once. */
  readonly closing: AbortSignal;
  /** Undefined: guests get what the author wrote, and nothing is noted of them. */
  readonly seedObserver: SeedObserver | undefined;
}

/**
 * Adds `GET` and `HEAD` of `/<seed>/{meta-data,user-data,vendor-data,network-config}`.
 *
 * Nothing else of a seed's folder is served: it may hold keys, notes and an editor's left-overs, and nobody is asked
 * who they are. What an `#include` names goes into a folder of its own, as that one's user-data.
 */
export function addSeedRoutes(server: FastifyInstance, options: SeedRouteOptions): void {
  server.get('/*', async (request, reply) => {
    const asked = parseRequestPath(request.raw.url ?? '');
    const note = (status: number, bytes: number, asksForReports: boolean) =>
      noteAnswer(request, options.seedObserver, { ...asked, status, bytes, asksForReports });
    const written = await readBody(reply, asked, options).catch((error: unknown) => {
      if (!(error instanceof SeedError && error.code === 'seed-unknown')) note(503, 0, false);
      throw error;
    });
    const composed =
      asked.file === 'vendor-data'
        ? options.seedObserver?.composeVendorData(asked.seedPath, written, request.socket)
        : undefined;
    const body = composed?.body ?? written;
    note(200, body.length, composed?.asksForReports ?? false);
    options.log.info('seed file served', {
      ...readRequestFacts(request),
      seed: asked.seedPath,
      file: asked.file,
      bytes: body.length,
      took_ms: Math.round(reply.elapsedTime),
    });
    return reply.type('text/yaml; charset=utf-8').send(body);
  });
}

function noteAnswer(
  request: FastifyRequest,
  observer: SeedObserver | undefined,
  answer: Omit<SeedAnswer, 'address' | 'userAgent'>,
): void {
  // HEAD is no guest's.
  if (request.method !== 'GET') return;
  const address = readAddress(request.ip) ?? '';
  observer?.noteAnswer({ ...answer, address, userAgent: request.headers['user-agent'] ?? '' });
}

async function readBody(reply: FastifyReply, asked: SeedRequest, options: SeedRouteOptions): Promise<Buffer> {
  const { request } = reply;
  const { log, limits, closing } = options;
  const tell = (message: string, error: SeedError) =>
    log.error(message, {
      ...readRequestFacts(request),
      seed: asked.seedPath,
      file: asked.file,
      code: error.code,
      reason: error.message,
    });
  try {
    return await holdUntilReadable(() => readOnce(asked, options.store), {
      // HEAD comes from people and from the driver, who want to know now.
      holdMs: request.method === 'HEAD' ? 0 : limits.holdMs,
      retryMs: limits.holdRetryMs,
      signals: () => [closing, signalWhenGone(reply.raw)],
      onHold: error => tell('seed not readable, guest held', error),
    });
  } catch (error) {
    if (!(error instanceof SeedError) || !mayBeLeftOut(asked, error) || closing.aborted) throw error;
    tell('optional seed file not readable, empty one served', error);
    return Buffer.alloc(0);
  }
}

async function readOnce(asked: SeedRequest, store: SeedStore): Promise<Buffer> {
  const seed = await store.findSeed(asked.seedPath);
  if (seed !== undefined) return renderSeedFile(seed, asked.file, await seed.readFile(asked.file));
  throw new SeedError(
    'seed-unknown',
    `Cannot serve seed "${asked.seedPath}": there is no such folder; create it or correct the seed's name in the job`,
  );
}

/**
 * Whether an empty file is better than an error: vendor-data and network-config of a seed that is there. An error
 * would delay the boot by 10 s, from cloud-init 25.1 for ever, and still give the guest nothing.
 */
function mayBeLeftOut(asked: SeedRequest, error: SeedError): boolean {
  return error.code.startsWith('seed-file-') && !isIdentityFile(asked.file);
}

/** Aborted when the client has gone away, or has its answer. */
function signalWhenGone(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return gone.signal;
}
