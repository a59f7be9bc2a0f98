import { ROOT_SEED } from '../seed-path.ts';
import { parseSeedName } from './parse-seed-name.ts';
import { joinServerUrl } from './server-url.ts';

/**
 * The URL that a guest is given for its seed, always with one slash at the end (cloud-init before 23.1 glues the file
 * names to it as it is).
 *
 * @param serverUrl such as `http://10.77.0.1:8000` or `http://seeds.example.org/base/`
 * @param seed see {@link parseSeedName}
 * @throws {SeedError} `server-url-invalid` or `seed-name-invalid`
 */
export function buildSeedUrl(serverUrl: string, seed: string): string {
  const name = parseSeedName(seed);
  return joinServerUrl(serverUrl, name === ROOT_SEED ? [] : name.split('/'));
}

/**
 * The URL that the guest of a registered VM is given. It holds the VM's token: it goes into no log, no error and no
 * process's arguments.
 *
 * @param guestUrl the server as the guest reaches it
 * @param seedPath from the registration, such as `/-/vm/TOKEN/`
 * @throws {SeedError} `server-url-invalid`
 */
export function buildRegisteredSeedUrl(guestUrl: string, seedPath: string): string {
  return joinServerUrl(guestUrl, seedPath.split('/'));
}
