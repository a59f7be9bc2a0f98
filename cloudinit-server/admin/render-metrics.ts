import { BOOT_STAGES } from '../boot/boot.ts';
import type { VmSummary } from './vm-report.ts';

const STATES: readonly VmSummary['state'][] = ['new', 'booting', 'stuck', 'ready', 'failed', 'unobserved'];

/** The state of all VMs in Prometheus' text format 0.0.4. Seeds are not named: there may be thousands. */
export function renderMetrics(vms: readonly VmSummary[]): string {
  const ready = vms.flatMap(({ ready_after_s: seconds }) => (seconds === null ? [] : [seconds]));
  const lines = [
    '# HELP cloudinit_vms VMs by how their newest boot stands.',
    '# TYPE cloudinit_vms gauge',
    ...STATES.map(state => `cloudinit_vms{state="${state}"} ${count(vms, vm => vm.state === state)}`),
    '# HELP cloudinit_vms_at_stage VMs by the furthest stage of their newest boot.',
    '# TYPE cloudinit_vms_at_stage gauge',
    ...BOOT_STAGES.map(
      stage => `cloudinit_vms_at_stage{stage="${stage}"} ${count(vms, vm => vm.stage === stage)}`,
    ),
    '# HELP cloudinit_boot_seconds_max Longest newest boot, from the first request to the end of cloud-init.',
    '# TYPE cloudinit_boot_seconds_max gauge',
    `cloudinit_boot_seconds_max ${Math.max(0, ...ready)}`,
    '# HELP process_resident_memory_bytes Memory of the server.',
    '# TYPE process_resident_memory_bytes gauge',
    `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
  ];
  return `${lines.join('\n')}\n`;
}

function count(vms: readonly VmSummary[], matches: (vm: VmSummary) => boolean): number {
  return vms.filter(matches).length;
}
