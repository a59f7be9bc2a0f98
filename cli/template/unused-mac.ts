import { randomInt } from 'node:crypto';
import { deriveMacAddress } from '../../qemu/mac-address.ts';

/**
 * Picks a MAC address that no text given holds: the one derived from the VM's identity, so that the same name gets the
 * same address again, else random ones.
 *
 * @param texts job files.
 */
export function pickUnusedMac(
  identity: string,
  texts: readonly string[],
  draw: () => number = () => randomInt(2 ** 24),
): string {
  const used = texts.join('\n').toLowerCase().replaceAll('-', ':');
  let mac = deriveMacAddress(identity, 0);
  while (used.includes(mac)) {
    const tail = draw().toString(16).padStart(6, '0');
    mac = `52:54:00:${tail.slice(0, 2)}:${tail.slice(2, 4)}:${tail.slice(4, 6)}`;
  }
  return mac;
}
