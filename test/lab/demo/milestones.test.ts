import { describe, expect, it } from 'vitest';
import { findAddress, hasFinishedBooting, hasSsh, reachedMilestones } from './milestones.ts';

const row =
  '[   46.16] cloud-init[365]: ci-info: |  ens3  | True |         10.77.0.92         | 255.255.255.0 | global | 52:54:00:ba:49:01 |';

describe('reachedMilestones()', () => {
  it('tells each milestone once, in the order of a boot', () => {
    const console = `GRUB loading...\n[    0.0] Linux version 6.1.0 (x)\n${row}\n${row}\n`;
    expect(reachedMilestones(console)).toEqual(['boot loader', 'kernel 6.1.0 starts', 'address 10.77.0.92']);
  });
});

describe('findAddress()', () => {
  it('leaves out addresses that only the link or the guest itself knows', () => {
    const link = 'ci-info: |  ens3  | True | fe80::5054:ff:fe12:3456/64 |  .  | link | 52:54:00:ba:49:01 |';
    const loopback = 'ci-info: |   lo   | True |  127.0.0.1  | 255.0.0.0 |  host  | . |';
    expect(findAddress(`${loopback}\n${link}\n`)).toBeUndefined();
    expect(findAddress(`${loopback}\n${link}\n${row}\n`)).toBe('10.77.0.92');
  });
});

describe('hasFinishedBooting()', () => {
  it('waits for the last stage of cloud-init', () => {
    expect(hasFinishedBooting("Cloud-init v. 22.4.2 running 'modules:final' at now")).toBe(false);
    expect(hasFinishedBooting('Cloud-init v. 22.4.2 finished at now.')).toBe(true);
  });
});

describe('hasSsh()', () => {
  it('goes by the host keys that cloud-init prints', () => {
    expect(hasSsh('-----BEGIN SSH HOST KEY KEYS-----')).toBe(true);
    expect(hasSsh(row)).toBe(false);
  });
});
