import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EXECUTABLE } from '../../test/lab/driver-lab.ts';
import type { Section } from '../section.ts';
import { startBare } from './bare-start.ts';
import { type BenchLab, createBenchLab } from './bench-lab.ts';
import { type QemuRun, startDirectly } from './direct-start.ts';
import { createLargeImage, measureDisks } from './disk-ready.ts';
import { measureHandshake } from './handshake.ts';
import type { StartRound } from './measurements.ts';
import { startByNomad } from './nomad-start.ts';
import { buildSections } from './sections.ts';

type Report = (message: string) => void;

/** For one guest to print something, or one job to end; they take a second. */
const STEP_MS = 60_000;
/** The agent goes on working for a while after a task has ended, which would slow down the next start. */
const PAUSE_MS = 1_000;

/**
 * Measures everything, `rounds` times in turns, after one round that isn't counted: it fills the host's caches for all.
 *
 * @param report takes lines of progress
 */
export async function runBench(
  rounds: number,
  report: Report,
  signal: AbortSignal,
): Promise<readonly Section[]> {
  report('starting a lab with a Nomad agent');
  await using bench = await createBenchLab(report);
  let qemu: QemuRun | undefined;
  const starts = await repeat('starts', rounds, report, signal, async round => {
    const start = await measureStarts(bench, round, qemu, signal);
    qemu = start.direct.qemu;
    return start;
  });
  const image = join(bench.lab.folder, 'large.img');
  report('writing an image of 3 GiB');
  await createLargeImage(image, signal);
  const disks = await repeat('disks', rounds, report, signal, () =>
    measureDisks(bench.lab.folder, image, signal),
  );
  const sockets = join(bench.lab.folder, 'sockets');
  await mkdir(sockets);
  const handshakesMs = await repeat('handshakes', rounds, report, signal, () =>
    measureHandshake(EXECUTABLE, sockets, stepSignal(signal)),
  );
  return buildSections({ starts, disks, handshakesMs });
}

/** Who goes first changes with every round, so that nobody gains by what went before. */
async function measureStarts(
  bench: BenchLab,
  round: number,
  lastQemu: QemuRun | undefined,
  signal: AbortSignal,
): Promise<StartRound> {
  const isReversed = lastQemu !== undefined && round % 2 === 0;
  const startBareLike = (qemu: QemuRun) => thenRest(startBare(bench, qemu, stepSignal(signal)), signal);
  const earlyBareMs = isReversed ? await startBareLike(lastQemu) : undefined;
  const direct = await thenRest(startDirectly(bench, round, stepSignal(signal)), signal);
  const bareMs = earlyBareMs ?? (await startBareLike(direct.qemu));

  const start = (driver: 'vm' | 'qemu') =>
    thenRest(startByNomad(bench, driver, round, stepSignal(signal)), signal);
  const earlyBuiltIn = isReversed ? await start('qemu') : undefined;
  const vm = await start('vm');
  const builtIn = earlyBuiltIn ?? (await start('qemu'));
  return { direct, bareMs, vm, builtIn };
}

async function thenRest<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const result = await work;
  await delay(PAUSE_MS, undefined, { signal });
  return result;
}

async function repeat<T>(
  what: string,
  rounds: number,
  report: Report,
  signal: AbortSignal,
  measure: (round: number) => Promise<T>,
): Promise<readonly T[]> {
  const results: T[] = [];
  for (let round = 0; round <= rounds; round++) {
    signal.throwIfAborted();
    report(round === 0 ? `${what}: warming up` : `${what}: round ${round} of ${rounds}`);
    const result = await measure(round);
    if (round > 0) results.push(result);
  }
  return results;
}

function stepSignal(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(STEP_MS)]);
}
