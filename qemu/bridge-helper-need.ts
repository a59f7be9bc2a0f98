import type { VmSpec } from './vm-spec.ts';

/** Raw options that may make qemu run its bridge helper. */
const NETWORK_OPTIONS = /^--?(netdev|net|nic)(=|$)/;

/** Whether qemu may have to start its bridge helper, which needs a child process and the right to make a tap. */
export function needsBridgeHelper(spec: Pick<VmSpec, 'nics' | 'extraArguments'>): boolean {
  return (
    spec.nics.some(nic => nic.mode === 'bridge') ||
    spec.extraArguments.some(argument => NETWORK_OPTIONS.test(argument))
  );
}
