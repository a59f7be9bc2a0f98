import { BOOT_STAGES } from '../boot/boot.ts';
import type { MetricFamily } from '../metrics/metric-family.ts';
import type { VmSummary } from './vm-report.ts';

const STATES: readonly VmSummary['state'][] = ['new', 'booting', 'stuck', 'ready', 'failed', 'unobserved'];

/** How VMs stand. They are not named: there may be thousands. */
export function buildVmMetrics(vms: readonly VmSummary[]): readonly MetricFamily[] {
  return [
    {
      name: 'cloudinit_vms',
      type: 'gauge',
      help: 'VMs by how their newest boot stands.',
      samples: countBy('state', STATES, vms, vm => vm.state),
    },
    {
      name: 'cloudinit_vms_at_stage',
      type: 'gauge',
      help: 'VMs by the furthest stage of their newest boot.',
      samples: countBy('stage', BOOT_STAGES, vms, vm => vm.stage),
    },
  ];
}

function countBy(
  label: string,
  values: readonly string[],
  vms: readonly VmSummary[],
  read: (vm: VmSummary) => string | null,
) {
  const counts = new Map<string | null, number>();
  for (const vm of vms) counts.set(read(vm), (counts.get(read(vm)) ?? 0) + 1);
  return values.map(value => ({ labels: { [label]: value }, value: counts.get(value) ?? 0 }));
}
