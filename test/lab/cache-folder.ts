import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where what is slow to make is kept between runs (Nomad, guest images): `$XDG_CACHE_HOME/nomad-driver-vm`. */
export function cacheFolder(environment: NodeJS.ProcessEnv): string {
  // An empty variable counts as unset, as the XDG base directory specification says.
  return join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'nomad-driver-vm');
}
