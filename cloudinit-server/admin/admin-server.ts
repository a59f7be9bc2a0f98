import { maxHeaderSize } from 'node:http';
import { isIP } from 'node:net';
import { type FastifyInstance, fastify } from 'fastify';
import { readMessage, SeedError } from '../errors.ts';
import { addHealthRoutes } from '../health-routes.ts';
import type { ListenAddress } from '../listen-address.ts';
import type { AdminServerOptions } from './admin-server-options.ts';
import { addBumpRoutes } from './bump-routes.ts';
import { addForgetRoutes } from './forget-routes.ts';
import { addListRoutes } from './list-routes.ts';
import { addMetricsRoute } from './metrics-routes.ts';
import { addBumpPageRoutes } from './page/bump-page-routes.ts';
import { addPageRoutes } from './page/page-routes.ts';
import { addPreviewRoutes } from './preview-routes.ts';
import { requireToken } from './require-token.ts';
import { addSshRoute } from './ssh-routes.ts';
import { createVmOverview } from './vm-overview.ts';
import { addVmRoutes } from './vm-routes.ts';

/**
 * Refuses an address that others than this host's users can reach: it is plain HTTP, and the token must stay secret.
 *
 * @throws {SeedError} `admin-address-refused`
 */
export function checkAdminAddress({ host }: ListenAddress): void {
  if (host === 'localhost' || host === '::1' || /^127\./.test(host)) return;
  throw new SeedError(
    'admin-address-refused',
    `Cannot serve people on "${host}": its token would cross the network in clear text, so only this host may reach it; use 127.0.0.1, and ssh or a proxy with TLS in front of it`,
  );
}

/**
 * The server for people and monitoring: what is known of VMs, in JSON and text, to those who have the token. It shows no
 * token and no secret of a seed. It does not listen yet.
 */
export function createAdminServer(options: AdminServerOptions): FastifyInstance {
  const { store, state, log } = options;
  const server = fastify({
    trustProxy: false,
    forceCloseConnections: true,
    return503OnClosing: false,
    // A name may be as long as a target.
    routerOptions: { maxParamLength: maxHeaderSize },
  });
  server.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
    // A web page that names this address as its own (DNS rebinding) must not read it in its visitor's browser.
    if (!isLocalName(request.hostname))
      return reply.code(403).send({ error: 'wrong host name, use the address' });
  });
  requireToken(server, options);
  server.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'no such page' }));
  server.setErrorHandler((error, request, reply) => {
    const status = readStatus(error);
    const reason = readMessage(error);
    if (status < 500) return reply.code(status).send({ error: reason });
    log.error('request for people failed', { path: request.url, reason });
    return reply.code(status).send({ error: 'see the log of the seed server' });
  });
  const check = async () => {
    await store.check();
    state.check();
  };
  const closed = new AbortController();
  server.addHook('onClose', async () => closed.abort());
  const overview = createVmOverview(options, closed.signal);
  addHealthRoutes(server, { store: { check } });
  addPageRoutes(server, overview, options);
  addBumpPageRoutes(server, options);
  addListRoutes(server, overview, options);
  addMetricsRoute(server, overview, options);
  addVmRoutes(server, options);
  addPreviewRoutes(server, options);
  addSshRoute(server, options);
  addBumpRoutes(server, options);
  addForgetRoutes(server, options);
  return server;
}

/** Of the framework's own errors; what is wrong with seeds and state may be over soon, everything else is a fault here. */
function readStatus(error: unknown): number {
  if (error instanceof SeedError) return 503;
  return error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
}

function isLocalName(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, '');
  return name === 'localhost' || isIP(name) !== 0;
}
