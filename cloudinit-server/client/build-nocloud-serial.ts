/**
 * The SMBIOS serial number that sends cloud-init's NoCloud to a seed. `dsmode=net` makes cloud-init before 23.2 (as in
 * Debian 12) use what it fetched, and is understood from 17.1 on; `nocloud-net` is deprecated. Not escaped for qemu, which
 * wants commas doubled.
 *
 * @param seedUrl from `buildSeedUrl`
 */
export function buildNoCloudSerial(seedUrl: string): string {
  return `ds=nocloud;dsmode=net;s=${seedUrl}`;
}
