import { needsBridgeHelper } from './bridge-helper-need.ts';
import type { VmSpec } from './vm-spec.ts';

/**
 * qemu's own seccomp filter, as strict as the VM's devices allow.
 *
 * `spawn=deny` would kill qemu without a word (SIGSYS, status 159) when it starts the bridge helper, so it is left out
 * for VMs on a bridge and where the job brings network options of its own.
 */
export function buildSandbox(spec: Pick<VmSpec, 'nics' | 'extraArguments'>): string {
  const strict = 'on,obsolete=deny,elevateprivileges=deny,resourcecontrol=deny';
  return needsBridgeHelper(spec) ? strict : `${strict},spawn=deny`;
}
