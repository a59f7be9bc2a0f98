import { describe, expect, it } from 'vitest';
import { chooseVcpus, countCpus } from '../../driver/vcpus.ts';

const host = { coreCount: 4, coreMhz: 2_000 };

describe('chooseVcpus()', () => {
  it('prefers cpus of the job, then reserved cores, then what the MHz are worth', () => {
    const resources = { cpuMhz: 6_000, cpusetCpus: '0-1' };
    expect(chooseVcpus('vm', 8, resources, host).vcpus).toBe(8);
    expect(chooseVcpus('vm', undefined, resources, host).vcpus).toBe(2);
    expect(chooseVcpus('vm', undefined, { ...resources, cpusetCpus: '' }, host).vcpus).toBe(3);
  });

  it('gives at least one vCPU and at most as many as there are cores', () => {
    expect(chooseVcpus('vm', undefined, { cpuMhz: 100, cpusetCpus: '' }, host).vcpus).toBe(1);
    expect(chooseVcpus('vm', undefined, { cpuMhz: 90_000, cpusetCpus: '' }, host).vcpus).toBe(4);
  });

  it('gives enough to use up what was reserved, and lets a tenth of a core be', () => {
    const vcpus = (cpuMhz: number) => chooseVcpus('vm', undefined, { cpuMhz, cpusetCpus: '' }, host).vcpus;
    expect([2_000, 2_200, 2_300, 3_000, 4_000, 4_300].map(vcpus)).toEqual([1, 1, 2, 2, 2, 3]);
  });

  it('gives one as the drop-in, as the built-in driver does', () => {
    expect(chooseVcpus('qemu', undefined, { cpuMhz: 6_000, cpusetCpus: '' }, host).vcpus).toBe(1);
  });

  it('says why', () => {
    expect(chooseVcpus('vm', undefined, { cpuMhz: 6_000, cpusetCpus: '' }, host).reason).toContain(
      '6000 MHz',
    );
  });
});

describe('countCpus()', () => {
  it('counts single CPUs and ranges', () => {
    expect(countCpus('')).toBe(0);
    expect(countCpus('0')).toBe(1);
    expect(countCpus('0,3-5,7')).toBe(5);
  });
});
