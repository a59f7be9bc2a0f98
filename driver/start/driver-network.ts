import type { TaskConfig } from '../config/task-config.ts';

/**
 * What Nomad is told of the VM's own network when it starts, and never after: guest ports by label, no address.
 *
 * As the built-in driver does, for its jobs only: a `port_map` with exactly one entry. With it, templates and services
 * of the task see the guest's port as NOMAD_PORT_<label>. A guest's address on a LAN is not known that early.
 */
export function planDriverNetwork({
  personality,
  ports,
}: Pick<TaskConfig, 'personality' | 'ports'>): Readonly<Record<string, number>> | undefined {
  return personality === 'qemu' && ports.size === 1 ? Object.fromEntries(ports) : undefined;
}
