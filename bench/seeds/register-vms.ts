import { createDriversApi } from '../../cloudinit-server/client/drivers-api.ts';
import { buildRegistration, nameRegisteredVm } from '../../test/seed-guests/build-registration.ts';
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
      nameRegisteredVm(seed),
      buildRegistration(seed, index, server.port),
      signal,
    );
    if (result.kind !== 'registered') throw new Error(`Cannot register "${seed}": ${result.kind}`);
    paths.push(result.registration.seed_path);
  }
  return paths;
}
