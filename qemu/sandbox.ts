import type { VmSpec } from './vm-spec.ts';

/** Raw options that make qemu run a helper or a script. */
const NETWORK_OPTIONS = /^--?(netdev|net|nic)(=|$)/;

/**
 * qemu's own seccomp filter, as strict as the VM's devices allow.
 *
 * `spawn=deny` would kill qemu without a word (SIGSYS, status 159) when it starts the bridge helper, so it is left out
 * for VMs on a bridge and where the job brings network options of its own.
 */
export function buildSandbox(spec: Pick<VmSpec, 'nics' | 'extraArguments'>): string {
  const mayNeedChild =
    spec.nics.some(nic => nic.mode === 'bridge') ||
    spec.extraArguments.some(argument => NETWORK_OPTIONS.test(argument));
  const strict = 'on,obsolete=deny,elevateprivileges=deny,resourcecontrol=deny';
  return mayNeedChild ? strict : `${strict},spawn=deny`;
}
