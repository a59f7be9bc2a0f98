import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advanceBoot } from '../../../cloudinit-server/boot/advance-boot.ts';
import {
  BOOT_STAGES,
  type Boot,
  hasReached,
  listFailures,
  MAX_MODULE_RUNS,
  readStage,
} from '../../../cloudinit-server/boot/boot.ts';
import { EVENT_RESULTS, type Observation } from '../../../cloudinit-server/boot/observation.ts';
import { SEED_FILES } from '../../../cloudinit-server/seed-files.ts';
import { observeRecordedBoot, RECORDED_BOOTS } from './recorded-boot.ts';

/** Every boot that the observations make, oldest first. */
function splitBoots(seen: readonly Observation[]): readonly Boot[] {
  const boots: Boot[] = [];
  for (const one of seen) {
    const before = boots.at(-1);
    const boot = advanceBoot(before, one);
    if (before !== undefined && boot.beganAt === before.beganAt) boots.pop();
    boots.push(boot);
  }
  return boots;
}

function shift(seen: readonly Observation[], byMs: number): readonly Observation[] {
  return seen.map(one => {
    const at = one.at + byMs;
    if (one.kind !== 'event' || one.guestSeconds === undefined) return { ...one, at };
    return { ...one, at, guestSeconds: one.guestSeconds + byMs / 1000 };
  });
}

describe('advanceBoot()', () => {
  it.each(RECORDED_BOOTS)('follows %s to its end, as one boot', name => {
    const [boot, ...others] = splitBoots(observeRecordedBoot(name));
    if (boot === undefined) throw new Error('no boot');
    expect(others).toEqual([]);
    expect(readStage(boot)).toBe('ready');
    const times = BOOT_STAGES.slice(1).map(stage => boot.reached[stage] ?? Number.NaN);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(boot.cloudInitVersion).toBe(name.startsWith('trixie') ? '25.1.4' : '22.4.2');
    expect(boot.files.map(({ count }) => count)).toEqual(boot.files.map(() => 1));
    // Whole stages of 22.4 have no start, so theirs is their end.
    expect(boot.modules.filter(run => run.finished === undefined)).toEqual([]);
    expect(boot.phonedHomeAt).toBeGreaterThan(boot.beganAt);
  });

  it('measures steps and names the one that failed, not the stage it is part of', () => {
    const [boot] = splitBoots(observeRecordedBoot('bookworm-22.4.2'));
    const ssh = boot?.modules.find(({ name }) => name === 'init-network/config-ssh');
    expect(ssh?.finished?.durationMs).toBeGreaterThan(3000);
    // 22.4 reports the end of a stage alone.
    const stage = boot?.modules.find(({ name }) => name === 'modules-final');
    expect(stage?.finished?.durationMs).toBeGreaterThan(7000);
    expect(boot && listFailures(boot)).toEqual(['modules-config/config-locale']);
  });

  it.each([1, 2, 3])('takes a guest that fetches its seed again for the next boot, and again', again => {
    const once = observeRecordedBoot('bookworm-22.4.2');
    const all = Array.from({ length: again + 1 }, (_, index) => shift(once, index * 100_000)).flat();
    expect(splitBoots(all).map(boot => [readStage(boot), boot.unfinishedBefore])).toEqual(
      Array.from({ length: again + 1 }, () => ['ready', 0]),
    );
  });

  it('sees the reboot of a guest that remembers its seed, by its reports alone', () => {
    const once = observeRecordedBoot('bookworm-22.4.2');
    const reports = once.filter(one => one.kind === 'event');
    const [first, second] = splitBoots([...once, ...shift(reports, 60_000)]);
    expect(first?.files).toHaveLength(3);
    expect(second).toMatchObject({ files: [], cloudInitVersion: undefined, isAskedToReport: undefined });
    expect(second && readStage(second)).toBe('ready');
  });

  it('counts boots that are cut short', () => {
    const files = observeRecordedBoot('bookworm-22.4.2').slice(0, 5);
    const boots = splitBoots([0, 1, 2].flatMap(index => shift(files, index * 40_000)));
    expect(boots.map(boot => boot.unfinishedBefore)).toEqual([0, 1, 2]);
  });

  it('takes the same file again within seconds for a retry, and for a boot after half a minute', () => {
    const file = (at: number, name: (typeof SEED_FILES)[number], status = 200): Observation => ({
      kind: 'file',
      at,
      address: '10.0.0.1',
      file: name,
      status,
      bytes: 1,
      userAgent: 'Cloud-Init/22.4.2',
      asksForReports: false,
    });
    const retried = splitBoots([file(0, 'meta-data', 503), file(1000, 'meta-data'), file(1010, 'user-data')]);
    expect(retried).toMatchObject([
      { files: [{ count: 2, status: 200 }, { count: 1 }], reached: { 'meta-data': 1000 } },
    ]);
    expect(splitBoots([file(0, 'meta-data'), file(31_000, 'meta-data')])).toHaveLength(2);
    expect(splitBoots([file(0, 'meta-data'), file(1, 'user-data'), file(6000, 'meta-data')])).toHaveLength(2);
  });

  it('ignores what is reported twice', () => {
    const once = observeRecordedBoot('trixie-25.1.4');
    const twice = once.flatMap((one): readonly Observation[] => (one.kind === 'event' ? [one, one] : [one]));
    expect(splitBoots(twice)).toEqual(splitBoots(once));
  });

  it('never goes back, stays bounded and keeps times in order, whatever a guest claims', () => {
    fc.assert(
      fc.property(fc.array(arbitraryStep(), { maxLength: 400 }), steps => {
        let at = 1_000_000;
        let boot: Boot | undefined;
        for (const { afterMs, seen } of steps) {
          at += afterMs;
          const next = advanceBoot(boot, { ...seen, at });
          if (boot !== undefined && next.beganAt === boot.beganAt) {
            expect(hasReached(next, readStage(boot))).toBe(true);
            for (const stage of BOOT_STAGES) {
              if (boot.reached[stage] !== undefined) expect(next.reached[stage]).toBe(boot.reached[stage]);
            }
          }
          expect(next.lastAt).toBe(at);
          expect(next.beganAt).toBeLessThanOrEqual(at);
          expect(next.modules.length).toBeLessThanOrEqual(MAX_MODULE_RUNS);
          expect(next.files.length).toBeLessThanOrEqual(SEED_FILES.length);
          for (const { finished } of next.modules)
            expect(finished?.durationMs ?? 0).toBeGreaterThanOrEqual(0);
          boot = next;
        }
      }),
    );
  });
});

function arbitraryStep(): fc.Arbitrary<{ afterMs: number; seen: Observation }> {
  const address = fc.constantFrom('10.0.0.1', '10.0.0.2');
  const file = fc.record({
    kind: fc.constant('file' as const),
    at: fc.constant(0),
    address,
    file: fc.constantFrom(...SEED_FILES),
    status: fc.constantFrom(200, 503),
    bytes: fc.nat(),
    userAgent: fc.constantFrom('Cloud-Init/22.4.2', 'Cloud-Init/', ''),
    asksForReports: fc.boolean(),
  });
  const event = fc.record({
    kind: fc.constant('event' as const),
    at: fc.constant(0),
    address,
    name: fc.constantFrom(
      'init-local/x',
      'init-network/a',
      'init-network',
      'modules-config/b',
      'modules-config',
      'modules-final',
    ),
    phase: fc.constantFrom('start' as const, 'finish' as const),
    result: fc.constantFrom(...EVENT_RESULTS),
    guestSeconds: fc.double({ noNaN: true }),
  });
  const home = fc.record({ kind: fc.constant('phone-home' as const), at: fc.constant(0), address });
  return fc.record({ afterMs: fc.nat(40_000).map(ms => ms + 1), seen: fc.oneof(file, event, home) });
}
