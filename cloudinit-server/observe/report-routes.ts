import type { FastifyInstance, FastifyRequest } from 'fastify';
import { parseEvent } from '../boot/parse-event.ts';
import { parsePhoneHome } from '../boot/parse-phone-home.ts';
import { SeedError } from '../errors.ts';
import { readAddress } from '../request-facts.ts';
import type { KnownVm } from '../state/vm-table.ts';
import { REPORT_PATHS } from '../vendor/observing-config.ts';
import type { Observer } from './observer.ts';

/** Bytes; an event has 250, a phone-home 1000. */
const MAX_BODY_BYTES = 32 * 1024;

/**
 * Adds the two `POST` routes by which guests tell what they do: cloud-init's webhook reporter and its phone_home
 * module. Whoever knows the token is the guest. What is told is on record before it is answered 204.
 */
export function addReportRoutes(
  server: FastifyInstance,
  options: { readonly observer: Observer; readonly now: () => number },
): void {
  const { observer, now } = options;
  // The webhook names no content type at all, and JSON that is broken shall be refused by us.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));

  server.post<TokenParams>(
    `${REPORT_PATHS.events}:token`,
    { bodyLimit: MAX_BODY_BYTES },
    (request, reply) => {
      const vm = findVm(request, observer);
      const event = parseEvent(readBody(request));
      if (event === undefined)
        throw new SeedError('report-invalid', 'Cannot read a report: it is no event of cloud-init');
      observer.record(vm, { ...event, at: now(), address: addressOf(request) });
      return reply.code(204).send();
    },
  );
  server.post<TokenParams>(
    `${REPORT_PATHS.phoneHome}:token`,
    { bodyLimit: MAX_BODY_BYTES },
    (request, reply) => {
      const vm = findVm(request, observer);
      observer.recordPhoneHome(vm, parsePhoneHome(readBody(request)), addressOf(request));
      return reply.code(204).send();
    },
  );
}

interface TokenParams {
  readonly Params: { readonly token: string };
}

function findVm(request: FastifyRequest<TokenParams>, observer: Observer): KnownVm {
  const vm = observer.findVmByToken(request.params.token);
  if (vm !== undefined) return vm;
  throw new SeedError(
    'token-unknown',
    'Cannot accept a report: its token is unknown; the guest was set up by another server, or this one lost its state',
  );
}

function readBody(request: FastifyRequest<TokenParams>): string {
  return typeof request.body === 'string' ? request.body : '';
}

function addressOf(request: FastifyRequest<TokenParams>): string {
  return readAddress(request.ip) ?? '';
}
