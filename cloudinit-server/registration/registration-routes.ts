import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readAddress } from '../request-facts.ts';
import { isIdentityFile, SEED_FILES } from '../seed-files.ts';
import type { SeedStore } from '../seed-store.ts';
import { refuseInvalid, refuseRequest } from './api-errors.ts';
import { type DescribeRegistrationOptions, describeRegistration } from './describe-registration.ts';
import { parseDriverReport } from './parse-driver-report.ts';
import { parseRegistration } from './parse-registration.ts';
import type { BindMacPolicy } from './policies.ts';
import type { Registrar } from './registrar.ts';

/** What the routes work with. */
export interface RegistrationRouteOptions extends DescribeRegistrationOptions {
  readonly store: SeedStore;
  readonly registrar: Registrar;
  readonly bindMac: BindMacPolicy;
}

/** The routes' path; an identity's slashes are percent-encoded. */
const VM_ROUTE = '/v1/vms/:identity';

/** Adds `PUT` and `DELETE /v1/vms/:identity`, and `POST /v1/vms/:identity/reports`. */
export function addRegistrationRoutes(server: FastifyInstance, options: RegistrationRouteOptions): void {
  const { registrar } = options;
  server.put<VmParams>(VM_ROUTE, (request, reply) => register(request, reply, options));
  server.delete<VmParams & AllocQuery>(VM_ROUTE, async (request, reply) => {
    const { alloc_id: allocId } = request.query;
    if (typeof allocId !== 'string' || allocId === '') {
      const problem = { path: 'alloc_id', message: 'is missing, wanted whose VM it was' };
      return refuseInvalid(reply, 'query-invalid', [problem]);
    }
    registrar.remove(request.params.identity, allocId, addressOf(request));
    return reply.code(204).send();
  });
  server.post<VmParams>(`${VM_ROUTE}/reports`, async (request, reply) => {
    const parsed = parseDriverReport(readJson(request.body));
    if (parsed.kind === 'invalid') return refuseInvalid(reply, 'report-invalid', parsed.problems);
    const { identity } = request.params;
    switch (registrar.report(identity, parsed.reported)) {
      case 'kept':
        return reply.code(204).send();
      case 'vm-unknown':
        return refuseRequest(reply, 404, 'vm-unknown', `no VM "${identity}" is registered`);
      case 'allocation-other':
        return refuseRequest(
          reply,
          409,
          'allocation-other',
          `the VM "${identity}" is another allocation's now`,
        );
    }
  });
}

interface VmParams {
  readonly Params: { readonly identity: string };
}

interface AllocQuery {
  readonly Querystring: { readonly alloc_id?: unknown };
}

async function register(
  request: FastifyRequest<VmParams>,
  reply: FastifyReply,
  options: RegistrationRouteOptions,
): Promise<FastifyReply> {
  const { store, registrar, bindMac } = options;
  const parsed = parseRegistration(request.params.identity, readJson(request.body));
  if (parsed.kind === 'invalid') return refuseInvalid(reply, 'registration-invalid', parsed.problems);
  const { facts, files } = parsed;
  if (bindMac === 'required' && facts.macAddresses.length === 0 && facts.delivery === 'http') {
    const message =
      'is empty, and the seed server runs with --bind-mac required; put the VM on a bridge, or deliver by disk';
    return refuseInvalid(reply, 'registration-invalid', [{ path: 'mac_addresses', message }]);
  }
  if (facts.seedPath !== undefined && !(await hasSeed(facts.seedPath, store))) {
    const error = `the seed server has no seed "${facts.seedPath}"; create the folder, or correct the name in the job`;
    return refuseRequest(reply, 404, 'seed-unknown', error);
  }
  const registered = registrar.register(facts, files, addressOf(request));
  const described = await describeRegistration(registered, options);
  if (described.kind === 'described') return reply.send(described.registration);
  return refuseInvalid(reply, 'registration-invalid', described.problems);
}

/**
 * Whether there is such a seed, and it can be read: what is on record may not be taken back for a typing mistake.
 *
 * @throws {SeedError} while that is not known
 */
async function hasSeed(seedPath: string, store: SeedStore): Promise<boolean> {
  const seed = await store.findSeed(seedPath);
  if (seed === undefined) return false;
  for (const file of SEED_FILES.filter(isIdentityFile)) await seed.readFile(file);
  return true;
}

/** The body as JSON; undefined for what is none, which no route takes. */
function readJson(body: unknown): unknown {
  try {
    return typeof body === 'string' ? JSON.parse(body) : undefined;
  } catch {
    // SyntaxError: told as what it is, no object.
    return undefined;
  }
}

function addressOf(request: FastifyRequest<VmParams>): string | undefined {
  return readAddress(request.ip);
}
