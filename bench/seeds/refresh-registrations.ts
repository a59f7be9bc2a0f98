import { openState } from '../../cloudinit-server/state/open-state.ts';

/**
 * Makes of all registrations in a state folder ones of this moment: VMs that stay silent for three minutes are told as
 * stuck, ten thousand at once, and the ground is older than that.
 */
export function refreshRegistrations(stateFolder: string): void {
  using database = openState(stateFolder);
  database.prepare('update registration set registered_at = ?1, opened_at = ?1').run(Date.now());
}
