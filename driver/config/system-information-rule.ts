import { findSystemInformation, SYSTEM_NAMES } from '../../qemu/system-information-arguments.ts';
import type { CloudInitConfig } from './cloud-init-config.ts';
import type { ReportProblem } from './problem.ts';

/**
 * Checks what raw arguments say of the system (`-smbios type=1,…`) against the `cloud_init` block. Its seed is named in
 * the serial number, which a later argument would replace without a word. Of a registered VM the whole table is made by
 * the driver, and qemu would not start with both; what else names a system goes into that table.
 */
export function checkSystemInformation(
  args: readonly string[],
  cloudInit: CloudInitConfig | undefined,
  report: ReportProblem,
): void {
  const isRegistered = cloudInit?.kind === 'registered' && cloudInit.delivery === 'http';
  if (cloudInit?.kind !== 'public' && !isRegistered) return;
  for (const { index, fields } of findSystemInformation(args)) {
    for (const field of fields.keys()) {
      const message = describeTrouble(field, isRegistered);
      if (message !== undefined) report(`config.args[${index}]`, message);
    }
  }
}

function describeTrouble(field: string, isRegistered: boolean): string | undefined {
  if (field === 'serial') {
    return 'sets the "serial" of -smbios type=1, in which cloud_init names the seed; remove it, or the cloud_init block';
  }
  if (!isRegistered || SYSTEM_NAMES.some(name => name === field)) return undefined;
  return `sets "${field}" of -smbios type=1, which the driver of a registered VM cannot take over; write ${SYSTEM_NAMES.join(', ')} only, or delivery = "disk" in cloud_init`;
}
