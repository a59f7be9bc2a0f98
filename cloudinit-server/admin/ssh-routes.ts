import type { FastifyInstance } from 'fastify';
import { keepCurrentKeys } from '../observe/current-host-keys.ts';
import { findVmByName } from '../observe/vm-record.ts';
import type { RegisteredVm } from '../state/registration-table.ts';
import { readVmName } from '../vm-name.ts';
import type { AdminServerOptions } from './admin-server-options.ts';
import { planSsh } from './ssh-target.ts';
import { describeUnknownVm, readVmParam, type VmParams } from './vm-routes.ts';

/** Adds `/vms/<vm>/ssh`: where to connect to, and the host keys to believe; 409 while that is not known. */
export function addSshRoute(server: FastifyInstance, options: AdminServerOptions): void {
  const { state } = options;
  server.get<VmParams>('/vms/:vm/ssh', (request, reply) => {
    const name = readVmParam(request.params.vm);
    const record = findVmByName(name, options);
    if (record === undefined) return reply.code(404).send({ error: describeUnknownVm(name) });
    const { vm, registered, newest } = record;
    const users = registered === undefined ? state.registrations.listBySeed(readVmName(vm.key)) : [];
    if (users.length > 0) return reply.code(409).send({ error: describeSeedOfOthers(users) });
    const reported = state.driverReports.find(vm.id);
    const plan = planSsh({
      name: readVmName(vm.key),
      boot: newest?.boot,
      told: keepCurrentKeys(state.hostKeys.list(vm.id), record),
      printed: keepCurrentKeys(reported?.hostKeys ?? [], record),
      seenAddress: reported?.address?.address,
      isGone: registered?.goneAt !== undefined,
    });
    if (plan.kind === 'known') return plan.target;
    return reply.code(409).send({ error: plan.reason });
  });
}

/** Whoever booted from the folder before it was theirs may report in its name for ever. */
function describeSeedOfOthers(users: readonly RegisteredVm[]): string {
  const names = users.map(({ facts }) => `"${facts.identity}"`).join(' or ');
  return `it is the seed of registered VMs, which have addresses and host keys of their own: name ${names}`;
}
