/** What a system may be called besides, by qemu's names. An empty one is none. */
export type SystemNames = Readonly<
  Partial<Record<'manufacturer' | 'product' | 'version' | 'sku' | 'family', string>>
>;

/** What the guest reads as its product in `/sys/class/dmi/id`. */
export interface SystemInformation {
  /** @default manufacturer: QEMU; the others none */
  readonly names: SystemNames & { readonly product: string };
  /** Any length and characters but NUL; at least one. */
  readonly serial: string;
  /** 36 characters in lower or upper case. */
  readonly uuid: string;
}

const TYPE_SYSTEM_INFORMATION = 1;
const LENGTH_BYTES = 27;
/** qemu's own for this table. */
const HANDLE = 0x0100;
const WAKE_UP_BY_POWER_SWITCH = 6;

/**
 * An SMBIOS table of type 1 for qemu's `-smbios file=`, after DMTF DSP0134 2.8 (7.2). qemu then makes none by itself, so
 * all that `-uuid` and the machine type would put there has to be here.
 */
export function buildSystemInformation(system: SystemInformation): Buffer {
  const table = Buffer.alloc(LENGTH_BYTES);
  table.writeUInt8(TYPE_SYSTEM_INFORMATION, 0);
  table.writeUInt8(LENGTH_BYTES, 1);
  table.writeUInt16LE(HANDLE, 2);
  encodeUuid(system.uuid).copy(table, 8);
  table.writeUInt8(WAKE_UP_BY_POWER_SWITCH, 24);
  // systemd and others know a virtual machine of qemu by its manufacturer.
  const { manufacturer = 'QEMU', product, version, sku, family } = system.names;
  const fields = [
    { offset: 4, text: manufacturer },
    { offset: 5, text: product },
    { offset: 6, text: version },
    { offset: 7, text: system.serial },
    { offset: 25, text: sku },
    { offset: 26, text: family },
  ].filter(({ text = '' }) => text !== '');
  // Strings are named by their place after the table; 0 is none.
  for (const [index, { offset }] of fields.entries()) table.writeUInt8(index + 1, offset);
  return Buffer.concat([table, Buffer.from(`${fields.map(({ text }) => `${text}\0`).join('')}\0`)]);
}

/** The first three fields of a UUID are little-endian in SMBIOS from 2.6 on. */
function encodeUuid(uuid: string): Buffer {
  const bytes = Buffer.from(uuid.replaceAll('-', ''), 'hex');
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}
