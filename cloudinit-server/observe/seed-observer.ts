import type { Socket } from 'node:net';
import type { SeedFile } from '../seed-files.ts';
import type { LogFields, ServerLog } from '../server-log.ts';
import { composeVendorData } from '../vendor/compose-vendor-data.ts';
import { buildGuestBaseUrl } from '../vendor/guest-base-url.ts';
import { buildObservingConfig, type ReseedPolicy } from '../vendor/observing-config.ts';
import type { Observer } from './observer.ts';

/** What the seed routes tell of a request that they answer. */
export interface SeedAnswer {
  readonly seedPath: string;
  readonly file: SeedFile;
  readonly status: number;
  readonly bytes: number;
  readonly address: string;
  readonly userAgent: string;
  readonly asksForReports: boolean;
}

/** Stands beside the seed routes: asks guests to tell what they do, and takes note of what they fetch. */
export interface SeedObserver {
  /** The vendor-data for the guest at the other end of a connection. Never throws: a guest must get its seed. */
  composeVendorData(
    seedPath: string,
    theirs: Buffer,
    socket: Pick<Socket, 'localAddress' | 'localPort'>,
  ): { readonly body: Buffer; readonly asksForReports: boolean };
  /** Never throws either. What is no guest (a browser, the driver's own check) is not noted. */
  noteAnswer(answer: SeedAnswer): void;
}

/** Characters that are kept; cloud-init's has 40. */
const MAX_USER_AGENT_LENGTH = 128;

/** What a seed observer works with. */
export interface SeedObserverOptions {
  readonly observer: Observer;
  readonly log: ServerLog;
  readonly now: () => number;
  readonly reseed: ReseedPolicy;
  /** Where guests report to; undefined: the address that they fetched from. Without a slash at the end. */
  readonly publicUrl: string | undefined;
}

/** Creates one. */
export function createSeedObserver(options: SeedObserverOptions): SeedObserver {
  const { observer, log, now, reseed, publicUrl } = options;
  const attempt = <T>(facts: LogFields, work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      log.error('state not written', {
        ...facts,
        reason: error instanceof Error ? error.message : String(error),
      });
      return undefined;
    }
  };
  return {
    composeVendorData: (seedPath, theirs, socket) => {
      const facts = { seed: seedPath, file: 'vendor-data' };
      const composed = attempt(facts, () => {
        const { token } = observer.ensureVm(seedPath);
        const baseUrl = publicUrl ?? buildGuestBaseUrl(socket);
        return composeVendorData(theirs, buildObservingConfig({ baseUrl, token, reseed }));
      });
      if (composed?.kind === 'left')
        log.warn('vendor-data left alone, guest not observed', { ...facts, reason: composed.reason });
      return { body: composed?.body ?? theirs, asksForReports: composed?.kind === 'composed' };
    },
    noteAnswer: ({ seedPath, ...facts }) => {
      if (!/^Cloud-Init\//i.test(facts.userAgent)) return;
      attempt({ seed: seedPath, file: facts.file }, () => {
        // What could not be read may not be a seed at all: it makes no VM.
        const vm = facts.status === 200 ? observer.ensureVm(seedPath) : observer.findVm(seedPath);
        const userAgent = facts.userAgent.slice(0, MAX_USER_AGENT_LENGTH);
        if (vm !== undefined) observer.record(vm, { kind: 'file', at: now(), ...facts, userAgent });
      });
    },
  };
}
