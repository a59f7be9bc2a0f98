import type { Finding, FindingCode } from '../../boot/diagnose-boot.ts';

/** What concerns the safety of a VM, however well it has booted. */
const ALARMS: readonly FindingCode[] = ['host-keys-differ', 'mac-refused'];

/** Whether it concerns the safety of a VM. */
export function isAlarm({ code }: Finding): boolean {
  return ALARMS.includes(code);
}
