import type { RegisteredVm, RegistrationFacts } from '../../../cloudinit-server/state/registration-table.ts';
import type { ServerState } from '../../../cloudinit-server/state/state.ts';

/** What a driver tells of an ordinary VM. */
export const FACTS: RegistrationFacts = {
  identity: 'default/web/vm/vm/0',
  allocId: 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
  node: 'node-1',
  seedPath: 'alice',
  macAddresses: ['52:54:00:12:34:56'],
  uuid: '7c1f9f3a-1111-8222-8333-444444444444',
  namespace: 'default',
  job: 'web',
  group: 'vm',
  task: 'vm',
  index: 0,
  instanceIdPolicy: 'stable',
  delivery: 'http',
  guestUrl: 'http://10.77.0.1:8000',
};

/** An ordinary registered VM, on record. */
export function addRegisteredVm(
  state: ServerState,
  facts: Partial<RegistrationFacts> = {},
  more: Partial<RegisteredVm> = {},
): RegisteredVm {
  const all = { ...FACTS, ...facts };
  const vm = state.vms.ensure(`vm:${all.identity}`, 1);
  const registered: RegisteredVm = {
    vm,
    facts: all,
    seedToken: `token-of-${all.identity}`,
    registeredAt: 1,
    openedAt: 1,
    goneAt: undefined,
    sealedAt: undefined,
    refusals: { count: 0, last: undefined },
    ...more,
  };
  state.registrations.save(registered, {});
  return registered;
}
