import { BOOT_STAGES, type BootStage } from '../boot/boot.ts';
import { SEED_FILES, type SeedFile } from '../seed-files.ts';
import { createCounter } from './counter.ts';
import { createHistogram } from './histogram.ts';
import type { MetricFamily } from './metric-family.ts';

/** Who may be shown a token that is not right. */
export const LISTENERS = ['guests', 'drivers', 'admin'] as const;

export type Listener = (typeof LISTENERS)[number];

/** What guests ask for; `other` is what no guest does. */
export const REQUEST_KINDS = [...SEED_FILES, 'report', 'phone-home', 'other'] as const;

export type RequestKind = (typeof REQUEST_KINDS)[number];

/** Seconds; a guest without KVM takes minutes. */
const STAGE_BUCKETS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800];
const RENDER_BUCKETS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1];

/** What the server counts while it runs. Nothing of it is on record: Prometheus knows counters that begin anew. */
export interface ServerMetrics {
  countRequest(kind: RequestKind, status: number): void;
  /** A guest asked for a file again in the same boot. */
  countRetry(file: SeedFile): void;
  countRefusedToken(listener: Listener): void;
  /** A seed was asked for from another MAC address than its VM's. */
  countRefusedMac(): void;
  /** @param seconds since the boot began */
  observeStage(stage: BootStage, seconds: number): void;
  observeRender(file: SeedFile, seconds: number): void;
  read(): readonly MetricFamily[];
}

/** Creates them, all 0. */
export function createServerMetrics(): ServerMetrics {
  const requests = createCounter<'file' | 'status'>(
    { name: 'cloudinit_requests_total', help: "Guests' requests that were answered." },
    SEED_FILES.map(file => ({ file, status: '200' })),
  );
  const retries = createCounter<'file'>(
    { name: 'cloudinit_retries_total', help: 'Files that a guest asked for again in the same boot.' },
    SEED_FILES.map(file => ({ file })),
  );
  const tokens = createCounter<'listener'>(
    { name: 'cloudinit_tokens_refused_total', help: 'Requests with a token that is not right.' },
    LISTENERS.map(listener => ({ listener })),
  );
  const macs = createCounter<never>(
    {
      name: 'cloudinit_macs_refused_total',
      help: "Requests for a seed from another MAC address than its VM's.",
    },
    [{}],
  );
  const stages = createHistogram<BootStage>({
    name: 'cloudinit_boot_stage_seconds',
    help: 'From the begin of a boot until it reached the stage.',
    label: 'stage',
    values: BOOT_STAGES.filter(stage => stage !== 'begun'),
    buckets: STAGE_BUCKETS,
  });
  const renders = createHistogram<SeedFile>({
    name: 'cloudinit_render_seconds',
    help: 'Time it took to make what a guest gets, without the time that it was held.',
    label: 'file',
    values: SEED_FILES,
    buckets: RENDER_BUCKETS,
  });
  return {
    countRequest: (file, status) => requests.add({ file, status: String(status) }),
    countRetry: file => retries.add({ file }),
    countRefusedToken: listener => tokens.add({ listener }),
    countRefusedMac: () => macs.add({}),
    observeStage: stages.observe,
    observeRender: renders.observe,
    read: () => [requests, retries, tokens, macs, stages, renders].map(metric => metric.read()),
  };
}
