import { describe, expect, it } from 'vitest';
import { advanceBoot } from '../../../cloudinit-server/boot/advance-boot.ts';
import type { Boot } from '../../../cloudinit-server/boot/boot.ts';
import { diagnoseBoot, type SerialAuthor } from '../../../cloudinit-server/boot/diagnose-boot.ts';
import type { Observation } from '../../../cloudinit-server/boot/observation.ts';
import { observeRecordedBoot } from './recorded-boot.ts';

/** The boot as far as `keep` goes, judged some time after it was last heard of. */
function diagnose(seen: readonly Observation[], afterMs: number, serialBy: SerialAuthor = 'unknown') {
  const boot = seen.reduce<Boot | undefined>((before, one) => advanceBoot(before, one), undefined);
  if (boot === undefined) throw new Error('nothing seen');
  const { state, findings } = diagnoseBoot(boot, boot.lastAt + afterMs, serialBy);
  return {
    state,
    codes: findings.map(({ code }) => code),
    text: findings.map(({ text }) => text).join('\n'),
  };
}

const bookworm = observeRecordedBoot('bookworm-22.4.2');
const networkDone = bookworm.slice(
  0,
  bookworm.findIndex(seen => seen.kind === 'event' && seen.name === 'init-network') + 1,
);
const trixie = observeRecordedBoot('trixie-25.1.4');

describe('diagnoseBoot()', () => {
  it('finds nothing wrong with a whole boot, however long ago', () => {
    expect(diagnose(trixie, 1e9)).toEqual({ state: 'ready', codes: [], text: '' });
  });

  it('names the module that failed', () => {
    const { state, text } = diagnose(bookworm, 0);
    expect(state).toBe('failed');
    expect(text).toContain('step "modules-config/config-locale" failed');
  });

  it.each([
    [
      'half of the files',
      bookworm.slice(0, 1),
      31_000,
      'seed-half-fetched',
      'asked for "meta-data" (status 200)',
    ],
    [
      'files, old cloud-init',
      bookworm.slice(0, 3),
      91_000,
      'seed-ignored',
      'cloud-init 22.4.2 ignores a seed whose serial lacks "dsmode=net"',
    ],
    [
      'files, new cloud-init',
      trixie.slice(0, 4),
      91_000,
      'never-reported',
      'its network-config may be wrong',
    ],
    [
      'a module that began',
      bookworm.slice(0, 6),
      181_000,
      'module-slow',
      'step "init-network/config-migrator" runs for 181 s',
    ],
    [
      'the end of a stage',
      networkDone,
      121_000,
      'silent',
      'nothing was heard for 121 s after step "init-network"',
    ],
  ])('is stuck after %s, in time', (_name, seen, afterMs, code, text) => {
    expect(diagnose(seen, afterMs - 2000)).toMatchObject({ state: 'booting', codes: [] });
    const stuck = diagnose(seen, afterMs);
    expect(stuck).toMatchObject({ state: 'stuck', codes: [code] });
    expect(stuck.text).toContain(text);
  });

  it('blames no serial that the driver wrote, or of a guest whose user-data may have turned vendor-data off', () => {
    const files = bookworm.slice(0, 3);
    const turnedOff = files.map(one =>
      one.kind === 'file' && one.file === 'user-data' ? { ...one, keepsSeed: false } : one,
    );
    expect(diagnose(files, 91_000, 'unknown').codes).toEqual(['seed-ignored']);
    for (const stuck of [diagnose(files, 91_000, 'driver'), diagnose(turnedOff, 91_000)]) {
      expect(stuck.codes).toEqual(['never-reported']);
      expect(stuck.text).toContain('turn vendor-data off, or cloud-init crashed');
    }
  });

  it('gives downloads more time', () => {
    const [first] = bookworm.filter(one => one.kind === 'event');
    if (first === undefined) throw new Error('no event');
    const seen = [...networkDone, { ...first, name: 'modules-final/config-package-update-upgrade-install' }];
    expect(diagnose(seen, 600_000).state).toBe('booting');
    expect(diagnose(seen, 901_000).codes).toEqual(['module-slow']);
  });

  it('calls nothing stuck that was not asked to report', () => {
    const seen = bookworm
      .slice(0, 3)
      .map(one => (one.kind === 'file' ? { ...one, asksForReports: false } : one));
    expect(diagnose(seen, 1e9)).toEqual({ state: 'unobserved', codes: [], text: '' });
  });

  it.each([
    ['19.4', 'unobserved'],
    ['20.3-2~deb10u2', 'unobserved'],
    ['20.4', 'stuck'],
  ])('calls a cloud-init %s that asks for no vendor-data %s', (version, state) => {
    const seen = bookworm
      .slice(0, 2)
      .map(one => (one.kind === 'file' ? { ...one, userAgent: `Cloud-Init/${version}` } : one));
    expect(diagnose(seen.slice(0, 1), 31_000).state).toBe('stuck');
    expect(diagnose(seen, 31_000).state).toBe(state);
  });

  it('calls boots that nobody can follow to their end no loop', () => {
    const seen = [0, 1, 2, 3].flatMap(index =>
      bookworm
        .slice(0, 2)
        .map(one => ({ ...one, at: one.at + index * 60_000, userAgent: 'Cloud-Init/20.3' })),
    );
    expect(diagnose(seen, 0)).toEqual({ state: 'unobserved', codes: [], text: '' });
  });

  it('tells of a loop from the third boot on', () => {
    const again = (index: number) =>
      bookworm.slice(0, 4).map(one => ({ ...one, at: one.at + index * 60_000 }));
    expect(diagnose([0, 1].flatMap(again), 0)).toMatchObject({ state: 'booting', codes: [] });
    expect(diagnose([0, 1, 2].flatMap(again), 0)).toMatchObject({ state: 'stuck', codes: ['reboot-loop'] });
  });

  it('tells of files that were asked for again', () => {
    const [meta] = bookworm;
    if (meta === undefined) throw new Error('nothing seen');
    expect(diagnose([meta, { ...meta, at: meta.at + 1000 }], 0).text).toContain('"meta-data" 2 times');
  });
});
