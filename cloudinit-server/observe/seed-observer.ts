import { readMessage } from '../errors.ts';
import type { NeighbourTable } from '../registration/neighbour-table.ts';
import type { SeedFile } from '../seed-files.ts';
import type { LogFields, ServerLog } from '../server-log.ts';
import type { ContentIds } from '../state/content-ids.ts';
import type { ServedTable } from '../state/served-table.ts';
import { buildObservingConfig, type ReseedPolicy } from '../vendor/observing-config.ts';
import { describeVm } from '../vm-name.ts';
import type { Observer } from './observer.ts';

/** What the seed routes tell of a request that they answer. */
export interface SeedAnswer {
  /** See `VmFacts.key`. */
  readonly vmKey: string;
  readonly file: SeedFile;
  readonly status: number;
  readonly body: Buffer;
  /** The server as the guest reached it, without a slash at the end. */
  readonly serverUrl: string;
  /** Whether the body is empty because the guest is not to get the file again. */
  readonly isSealed: boolean;
  readonly address: string;
  readonly userAgent: string;
  readonly asksForReports: boolean;
  /** See `FileFetched.keepsSeed`. */
  readonly keepsSeed: boolean | undefined;
}

/** Stands beside the seed routes: asks guests to tell what they do, and takes note of what they fetch. */
export interface SeedObserver {
  /**
   * What a guest's vendor-data must hold for it to report. Never throws: a guest must get its seed.
   *
   * @param vmKey see `VmFacts.key`
   * @param serverUrl the server as the guest reaches it, without a slash at the end
   * @returns undefined when it cannot be observed, as the log says
   */
  buildVendorConfig(vmKey: string, serverUrl: string): string | undefined;
  /** The same to look at: it makes no VM, and has a stand-in for the token of one that is not known yet. */
  previewVendorConfig(vmKey: string, serverUrl: string): string;
  /** Never rejects; on record, if it can be, when it ends. What is no guest (a browser, the driver's own check) is not noted. */
  noteAnswer(answer: SeedAnswer): Promise<void>;
  /** Notes what a VM got by its driver, on a disk. Never throws. */
  noteDelivered(vmKey: string, file: SeedFile, body: Buffer, serverUrl: string): void;
}

/** Stands in for a token; as long as one. */
const NO_TOKEN = '-'.repeat(22);

/** Characters that are kept; cloud-init's has 40. */
const MAX_USER_AGENT_LENGTH = 128;

/** What a seed observer works with. */
export interface SeedObserverOptions {
  readonly observer: Observer;
  readonly served: Pick<ServedTable, 'save'>;
  readonly contentIds: ContentIds;
  readonly neighbours: Pick<NeighbourTable, 'recall'>;
  readonly log: ServerLog;
  readonly now: () => number;
  readonly reseed: ReseedPolicy;
}

/** Creates one. */
export function createSeedObserver(options: SeedObserverOptions): SeedObserver {
  const { observer, served, contentIds, neighbours, log, now, reseed } = options;
  const tell = (facts: LogFields, error: unknown): undefined => {
    log.error('state not written', { ...facts, reason: readMessage(error) });
  };
  const attempt = <T>(facts: LogFields, work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      return tell(facts, error);
    }
  };
  return {
    buildVendorConfig: (vmKey, baseUrl) =>
      attempt({ ...describeVm(vmKey), file: 'vendor-data' }, () => {
        const { token } = observer.ensureVm(vmKey);
        return buildObservingConfig({ baseUrl, token, reseed });
      }),
    previewVendorConfig: (vmKey, baseUrl) =>
      buildObservingConfig({ baseUrl, token: observer.findVm(vmKey)?.token ?? NO_TOKEN, reseed }),
    noteAnswer: async ({ vmKey, keepsSeed, body, serverUrl, isSealed, ...facts }) => {
      if (!/^Cloud-Init\//i.test(facts.userAgent)) return;
      try {
        // What could not be read may not be a seed at all: it makes no VM.
        const vm = facts.status === 200 ? observer.ensureVm(vmKey) : observer.findVm(vmKey);
        const userAgent = facts.userAgent.slice(0, MAX_USER_AGENT_LENGTH);
        if (vm === undefined) return;
        const told = keepsSeed === undefined ? {} : { keepsSeed };
        const bytes = body.length;
        const content = bytes === 0 ? {} : { contentId: contentIds.of(body) };
        const [macAddress] = neighbours.recall(facts.address);
        const from = macAddress === undefined ? {} : { macAddress };
        const fetched = { ...facts, bytes, ...content, ...from, ...told, userAgent };
        const at = now();
        await observer.record(vm, { kind: 'file', at, ...fetched }, () => {
          if (facts.status !== 200 || isSealed) return;
          served.save(vm.id, facts.file, { body, serverUrl, since: at });
        });
      } catch (error) {
        tell({ ...describeVm(vmKey), file: facts.file }, error);
      }
    },
    noteDelivered: (vmKey, file, body, serverUrl) => {
      attempt({ ...describeVm(vmKey), file }, () => {
        served.save(observer.ensureVm(vmKey).id, file, { body, serverUrl, since: now() });
      });
    },
  };
}
