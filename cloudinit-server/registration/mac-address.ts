/** Whether this is the unicast MAC address of one NIC, in the only form that is compared: lower case, colons. */
export function isMacAddress(text: string): boolean {
  const isMac = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/.test(text);
  // The lowest bit of the first byte marks a group of stations.
  return isMac && text !== '00:00:00:00:00:00' && Number.parseInt(text.slice(0, 2), 16) % 2 === 0;
}
