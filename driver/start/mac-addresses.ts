import { deriveMacAddress } from '../../qemu/mac-address.ts';
import type { TaskConfig } from '../config/task-config.ts';

/** Every MAC address that the VM will have: those of its NICs, then those that its raw arguments name. */
export function listMacAddresses(config: TaskConfig, identity: string): readonly string[] {
  const ofNics = config.networks.map(
    ({ macAddress }, index) => macAddress ?? deriveMacAddress(identity, index),
  );
  const ofArguments = config.args.flatMap(argument =>
    [...argument.matchAll(MAC_IN_ARGUMENT)].map(([, mac = '']) => mac.toLowerCase()),
  );
  return [...ofNics, ...ofArguments];
}

const MAC_IN_ARGUMENT = /\bmac(?:addr)?=((?:[0-9a-f]{2}:){5}[0-9a-f]{2})/gi;
