import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/** What a guest has made of its seed; see boot.py. */
export interface GuestBoot {
  /** What the script says that decides whether cloud-init runs: 0 is yes, and where it is to look for a seed. */
  readonly identified: { readonly code: number; readonly config: string | null };
  /** Null when it found no seed. */
  readonly outcome: GuestOutcome | null;
  /** Seconds that cloud-init has slept, each time. */
  readonly sleeps: readonly number[];
  readonly warnings: readonly string[];
}

/** What a guest knows after its boot. */
export interface GuestOutcome {
  readonly datasource: string;
  readonly instance_id: string;
  /** Whether it takes itself for another machine than before. */
  readonly is_new: boolean;
  readonly hostname: string;
  readonly user_data: string;
  readonly network_config: unknown;
  /** User-data over vendor-data over the image's own settings. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** A guest as far as cloud-init is concerned. */
export interface GuestFacts {
  /** The folder with its cloud-init. */
  readonly root: string;
  /** Its /var/lib/cloud, which stays from boot to boot. */
  readonly stateFolder: string;
  /** Its SMBIOS serial number. */
  readonly serial: string;
  /** The name of a disk's image in `stateFolder`. */
  readonly disk?: string;
}

const BOOT_TIMEOUT_MS = 60_000;

/** Boots a guest once: cloud-init's own code, in a process of its own. @throws when cloud-init does */
export async function bootGuest({ root, stateFolder, serial, disk }: GuestFacts): Promise<GuestBoot> {
  const apart = ['--mount', '--pid', '--uts', '--fork', '--kill-child'];
  const enter = ['sh', join(import.meta.dirname, 'enter-guest.sh'), root, stateFolder, serial];
  const python = ['python3', '-', ...(disk === undefined ? [] : [join('/var/lib/cloud', disk)])];
  const { stdout } = await execa('unshare', [...apart, ...enter, ...python], {
    input: await readFile(join(import.meta.dirname, 'boot.py'), 'utf8'),
    timeout: BOOT_TIMEOUT_MS,
  });
  // Our own script's answer.
  return JSON.parse(stdout) as GuestBoot;
}
