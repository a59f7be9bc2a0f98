/**
 * Where each device sits on the guest's first PCI bus.
 *
 * The slots are a contract: Debian names a NIC after its slot (`ens3` is slot 3 on machine `pc`), and a disk or a
 * NIC that moved would be a different one to the guest.
 */
export const PCI_SLOTS = {
  firstNic: 3,
  disk: 0x10,
  rng: 0x11,
  balloon: 0x12,
  guestAgent: 0x13,
  seedDisk: 0x14,
} as const;

/** How many NICs fit between the first NIC's slot and the disk's. */
export const MAX_NICS = PCI_SLOTS.disk - PCI_SLOTS.firstNic;

/** The slot as qemu's `addr` property wants it, such as `0x10`. */
export function renderPciSlot(slot: number): string {
  return `0x${slot.toString(16)}`;
}
