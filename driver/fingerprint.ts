import { setTimeout as delay } from 'node:timers/promises';
import { listBridges } from '../qemu/bridges.ts';
import type { Personality } from './config/personality.ts';
import type { PluginConfig } from './config/plugin-config.ts';
import { type NodeFingerprint, renderFingerprint } from './fingerprint/attributes.ts';
import { describeSeedServer, gatherQuickFacts, mainEmulator, type SlowFacts } from './fingerprint/facts.ts';
import { describeSeedApi } from './fingerprint/seed-api.ts';
import type { Node } from './node.ts';

export type { NodeFingerprint } from './fingerprint/attributes.ts';

/** Times that tests shorten. */
export interface FingerprintPace {
  /** Nomad's own drivers look every 30 s. @default {30_000} */
  readonly periodMs?: number;
  /** How often the names of the bridges are looked at, which costs next to nothing. @default {5_000} */
  readonly bridgePeriodMs?: number;
  /** How long a message waits for facts that take effort; an agent starts no task before the first. @default {120} */
  readonly graceMs?: number;
}

const LOOK_DEADLINE_MS = 10_000;

/**
 * What the node offers: at once as far as it is known at once, then whenever something changes. Never ends before the
 * signal aborts. An attribute that is no more is sent once more, as the empty string.
 */
export async function* watchNode(
  personality: Personality,
  plugin: PluginConfig,
  node: Pick<Node, 'kvm' | 'emulator'>,
  signal: AbortSignal,
  pace: FingerprintPace = {},
): AsyncGenerator<NodeFingerprint> {
  const { periodMs = 30_000, bridgePeriodMs = 5_000, graceMs = 120 } = pace;
  const changes = new Changes();
  let slow: SlowFacts = { emulator: undefined, kvm: undefined, seedServer: undefined, seedApi: undefined };
  while (!signal.aborted) {
    const quick = await gatherQuickFacts(plugin);
    const asking = askSlowFacts(plugin, node, mainEmulator(quick), signal, facts => {
      slow = { ...slow, ...facts };
    });
    for (const patienceMs of [graceMs, LOOK_DEADLINE_MS]) {
      await within(asking, patienceMs, signal);
      if (signal.aborted) return;
      const change = changes.take(renderFingerprint(personality, quick, slow));
      if (change !== undefined) yield change;
    }
    await untilBridgesChange(
      quick.bridges.map(({ name }) => name),
      { periodMs, bridgePeriodMs },
      signal,
    );
  }
}

/** Asks for everything at once, and tells each answer when it comes. Never fails. */
async function askSlowFacts(
  plugin: PluginConfig,
  node: Pick<Node, 'kvm' | 'emulator'>,
  emulatorPath: string | undefined,
  signal: AbortSignal,
  tell: (facts: Partial<SlowFacts>) => void,
): Promise<void> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(LOOK_DEADLINE_MS)]);
  const asked = [
    describeSeedServer(plugin, deadline).then(seedServer => tell({ seedServer })),
    describeSeedApi(plugin.cloudInitApi, deadline).then(seedApi => tell({ seedApi })),
    ...(emulatorPath === undefined
      ? []
      : [
          node.emulator(emulatorPath).then(emulator => tell({ emulator })),
          node.kvm(emulatorPath).then(kvm => tell({ kvm })),
        ]),
  ];
  // What failed stays as it was: the signal aborted, or there is no room for the probe's files at the moment.
  await Promise.allSettled(asked);
}

/** Tells what differs from what was sent. */
class Changes {
  #last = '';
  #names: ReadonlySet<string> = new Set();

  take(fingerprint: NodeFingerprint): NodeFingerprint | undefined {
    const text = JSON.stringify(fingerprint);
    if (text === this.#last) return undefined;
    this.#last = text;
    const { attributes } = fingerprint;
    const gone = [...this.#names].filter(name => !(name in attributes)).map(name => [name, '']);
    this.#names = new Set(Object.keys(attributes));
    return { ...fingerprint, attributes: { ...Object.fromEntries(gone), ...attributes } };
  }
}

async function untilBridgesChange(
  names: readonly string[],
  { periodMs, bridgePeriodMs }: { readonly periodMs: number; readonly bridgePeriodMs: number },
  signal: AbortSignal,
): Promise<void> {
  const end = performance.now() + periodMs;
  while (!signal.aborted && performance.now() < end) {
    await delay(Math.min(bridgePeriodMs, periodMs), undefined, { signal }).catch(() => undefined); // the condition tells
    if (signal.aborted || (await listBridges()).join() !== names.join()) return;
  }
}

/** Waits for the work, the time or the end of the signal, whichever is first. */
async function within(work: Promise<void>, ms: number, signal: AbortSignal): Promise<void> {
  const end = new AbortController();
  const timer = delay(ms, undefined, { signal: AbortSignal.any([signal, end.signal]) }).catch(
    () => undefined,
  );
  await Promise.race([work, timer]);
  end.abort();
}
