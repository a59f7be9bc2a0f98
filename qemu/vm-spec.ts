/**
 * What one virtual machine is, in qemu's and Linux's terms and nobody else's.
 *
 * A VmSpec is complete: every default has been applied, every path is absolute, every image has been inspected.
 * `buildArguments` turns it into qemu's argument list without looking at anything else.
 */
export interface VmSpec {
  /** Shown in `ps` and in qemu's own messages. */
  readonly name: string;
  /** RFC 9562 UUID given to the guest as its product UUID; cloud-init sees none at all without it. */
  readonly uuid: string;
  /** Absolute path of the `qemu-system-*` binary. */
  readonly emulatorPath: string;
  /** qemu machine type, such as `pc` or `pc-i440fx-7.2`. `ens3` as the first NIC's name holds on `pc` only. */
  readonly machineType: string;
  readonly accelerator: 'kvm' | 'tcg';
  /** At least 1. */
  readonly vcpus: number;
  /** Guest RAM in MiB; what qemu itself needs comes on top. */
  readonly memoryMib: number;
  readonly disk: DiskSpec;
  /** NIC n sits in PCI slot 3 + n, whatever else is attached; at most 13. */
  readonly nics: readonly NicSpec[];
  /** How the guest's cloud-init finds its seed. */
  readonly seedSource: SeedSource | undefined;
  /** Attach a virtio-serial port for qemu-guest-agent. */
  readonly hasGuestAgentPort: boolean;
  /** Whether qemu stays, as a machine that is off, when its guest powers off or panics; else it exits. */
  readonly staysWhenPoweredOff: boolean;
  /**
   * `bare`: only the devices named here. `machine`: also those the machine type brings by default, which is what
   * job files written for Nomad's built-in driver count on.
   */
  readonly defaultDevices: 'bare' | 'machine';
  /** Raw arguments of the job, already checked against the operator's allow list; appended last. */
  readonly extraArguments: readonly string[];
}

/** The guest's only disk. */
export type DiskSpec = OverlayDisk | InPlaceDisk;

/** A qcow2 overlay of the VM's own on a base that stays read-only and may be shared. */
export interface OverlayDisk {
  readonly kind: 'overlay';
  readonly overlayPath: string;
  readonly basePath: string;
  readonly baseFormat: ImageFormat;
  readonly driveInterface: DriveInterface;
}

/** The image file itself, written to. */
export interface InPlaceDisk {
  readonly kind: 'in-place';
  readonly imagePath: string;
  readonly imageFormat: ImageFormat;
  readonly driveInterface: DriveInterface;
}

export type ImageFormat = 'qcow2' | 'raw';

/** How the guest sees its disk; the names are those of qemu's `-drive if=`. */
export const DRIVE_INTERFACES = ['virtio', 'ide', 'scsi', 'sd', 'mtd', 'floppy', 'pflash', 'none'] as const;
export type DriveInterface = (typeof DRIVE_INTERFACES)[number];

/** What tells cloud-init, or what a guest has in its place, where its seed is: NoCloud in all three cases. */
export type SeedSource = SerialSeed | SecretSerialSeed | DiskSeed;

/** An SMBIOS serial number that names the seed's URL. It stands among qemu's arguments, where all of the host can read it. */
export interface SerialSeed {
  readonly kind: 'serial';
  /** Unescaped. */
  readonly serial: string;
}

/** The same by a file, for a URL that holds a secret. */
export interface SecretSerialSeed {
  readonly kind: 'secret-serial';
  /** Unescaped. */
  readonly serial: string;
}

/** The seed itself, on a small read-only disk. */
export interface DiskSeed {
  readonly kind: 'disk';
  readonly files: SeedDiskFiles;
}

/** What is on a seed's disk; all together at most FAT_CAPACITY_BYTES. */
export interface SeedDiskFiles {
  /** NoCloud wants these two, be they empty. */
  readonly 'meta-data': string;
  readonly 'user-data': string;
  readonly 'vendor-data'?: string;
  readonly 'network-config'?: string;
}

/** One virtio NIC. */
export type NicSpec = BridgeNic | UserNic;

/** A full member of the LAN behind a bridge of the host, attached by qemu's bridge helper. */
export interface BridgeNic {
  readonly mode: 'bridge';
  readonly bridge: string;
  /** Lower case, six colon-separated pairs, unicast. */
  readonly macAddress: string;
  /** Absolute path of qemu-bridge-helper. */
  readonly helperPath: string;
}

/** Outbound only, through qemu's own user-mode network, with forwarded ports. */
export interface UserNic {
  readonly mode: 'user';
  readonly macAddress: string;
  readonly forwards: readonly PortForward[];
  readonly dns: GuestDns;
}

/** What a user-mode network tells its guest of names, by DHCP. */
export interface GuestDns {
  /** An IPv4 address; undefined for qemu's own, which asks whom the host asks. */
  readonly nameserver: string | undefined;
  readonly searchDomains: readonly string[];
}

/** A port of the host that leads into the guest. TCP and UDP both. */
export interface PortForward {
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly guestPort: number;
}
