import type { RegistrationRequest } from '../../cloudinit-server/client/drivers-api-types.ts';

/** The identity of the VM that has a seed. */
export function nameRegisteredVm(seed: string): string {
  return `default/${seed}/vm/vm/0`;
}

/**
 * What a driver tells of the VM that has a seed.
 *
 * @param index no other VM's; its addresses are made of it
 * @param port of the server for guests, on this host
 */
export function buildRegistration(seed: string, index: number, port: number): RegistrationRequest {
  const hex = index.toString(16).padStart(6, '0');
  return {
    seed,
    files: {},
    mac_addresses: [`52:54:00:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4)}`],
    uuid: `00000000-0000-4000-8000-000000${hex}`,
    namespace: 'default',
    job: seed,
    group: 'vm',
    task: 'vm',
    index: 0,
    alloc_id: `00000000-0000-4000-9000-000000${hex}`,
    node: 'node',
    instance_id: 'stable',
    delivery: 'http',
    guest_url: `http://127.0.0.1:${port}`,
  };
}
