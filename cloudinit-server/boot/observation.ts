import type { SeedFile } from '../seed-files.ts';

/** One thing that the server saw of a guest. Times are in ms since the epoch, by the server's clock. */
export type Observation = FileFetched | EventReported | PhonedHome;

/** A guest asked for a file of its seed and was answered. */
export interface FileFetched {
  readonly kind: 'file';
  readonly at: number;
  readonly address: string;
  readonly file: SeedFile;
  readonly status: number;
  readonly bytes: number;
  /** See `ContentIds`; missing where nothing was served. */
  readonly contentId?: string;
  /** What the neighbour table had for the address; missing where it had nothing. */
  readonly macAddress?: string;
  /** Such as `Cloud-Init/22.4.2`. */
  readonly userAgent: string;
  /** Whether the answer asked the guest to report its progress; only vendor-data can. */
  readonly asksForReports: boolean;
  /** Whether the answer told the guest to remember its seed, or (false) may have told it not to. */
  readonly keepsSeed?: boolean;
}

/** How cloud-init says that a step ended. */
export const EVENT_RESULTS = ['SUCCESS', 'WARN', 'FAIL'] as const;

export type EventResult = (typeof EVENT_RESULTS)[number];

/** A guest's cloud-init reported that a step began or ended. */
export interface EventReported {
  readonly kind: 'event';
  readonly at: number;
  readonly address: string;
  /** Such as `init-network/config-ssh`, or `modules-final` for a whole stage. */
  readonly name: string;
  readonly phase: 'start' | 'finish';
  /** Of a finish. */
  readonly result?: EventResult;
  /** Seconds by the guest's clock, which may be wrong and may jump. */
  readonly guestSeconds?: number;
}

/** A guest told who it is; it does so once for each instance-id. */
export interface PhonedHome {
  readonly kind: 'phone-home';
  readonly at: number;
  readonly address: string;
  readonly instanceId?: string;
}
