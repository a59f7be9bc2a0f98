import type { VmEventBody } from '../../cloudinit-server/client.ts';

/** What the user of a VM is told of an event; undefined for an address, which is told once, whoever finds it. */
export function describeEvent(event: VmEventBody): string | undefined {
  switch (event.kind) {
    case 'address':
      return undefined;
    case 'ready':
      return `cloud-init finished in ${formatTook(event.took_s)}`;
    case 'failed':
      return `cloud-init failed${inModules(event.steps)} after ${formatTook(event.took_s)}`;
    case 'stuck':
      return `cloud-init is stuck: ${event.reason}`;
    case 'host-keys-changed':
      return 'ssh host keys are others than before: the disk is a fresh one, or somebody answers in the name of this VM';
  }
}

/** `modules-final/config-packages-update` is the module `packages-update`. */
function inModules(steps: readonly string[]): string {
  if (steps.length === 0) return '';
  const names = steps.map(step => step.slice(step.lastIndexOf('/') + 1).replace(/^config-/, ''));
  const more = names.length > MAX_MODULES ? ` and ${names.length - MAX_MODULES} more` : '';
  return ` in module${names.length === 1 ? '' : 's'} ${names.slice(0, MAX_MODULES).join(', ')}${more}`;
}

const MAX_MODULES = 3;

function formatTook(seconds: number): string {
  return seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
}
