import { createDriversApi } from '../../cloudinit-server/client/drivers-api.ts';
import type { RegistrationRequest } from '../../cloudinit-server/client/drivers-api-types.ts';
import type { OurServer } from './our-server.ts';

/**
 * Registers a VM for each seed, as a driver does.
 *
 * @returns where each of them finds its seed
 */
export async function registerVms(
  server: OurServer,
  seeds: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const drivers = createDriversApi({ url: server.driversUrl, token: server.driversToken });
  const paths: string[] = [];
  for (const [index, seed] of seeds.entries()) {
    const result = await drivers.register(
      `default/${seed}/vm/vm/0`,
      buildRegistration(seed, index, server),
      signal,
    );
    if (result.kind !== 'registered') throw new Error(`Cannot register "${seed}": ${result.kind}`);
    paths.push(result.registration.seed_path);
  }
  return paths;
}

function buildRegistration(seed: string, index: number, { port }: OurServer): RegistrationRequest {
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
