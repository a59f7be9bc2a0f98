/** What makes a VM the same VM when Nomad starts it again, here or on another node. */
export interface VmIdentity {
  readonly namespace: string;
  readonly jobId: string;
  readonly group: string;
  readonly task: string;
  /** Index of the allocation in its group, from 0. */
  readonly allocIndex: number;
  /** The job's own name for the VM (`name` in the task's config); replaces everything but the namespace. */
  readonly name?: string | undefined;
}

/**
 * Builds the text that MAC addresses, UUID and instance-id derive from, and nothing else: `default/distro-vm/vm/vm/0`
 * for namespace, job, group, task and index, or `default/alice` where the job names its VM.
 *
 * Never the task's or the allocation's id: Nomad makes new ones for every start, and a guest with a new MAC address
 * loses its DHCP lease. `/` and `%` inside a part are written `%2F` and `%25` so that no two VMs share a text.
 */
export function buildIdentity({ namespace, jobId, group, task, allocIndex, name }: VmIdentity): string {
  const parts = name === undefined ? [namespace, jobId, group, task, String(allocIndex)] : [namespace, name];
  return parts.map(part => part.replace(/[%/]/g, encodeURIComponent)).join('/');
}
