import { describe, expect, it } from 'vitest';
import { planDriverNetwork } from '../../../driver/start/driver-network.ts';

const one = new Map([['ssh', 22]]);
const two = new Map([...one, ['http', 80]]);

describe('planDriverNetwork()', () => {
  it.each([
    ['qemu', new Map<string, number>(), undefined],
    ['qemu', one, { ssh: 22 }],
    ['qemu', two, undefined],
    ['vm', one, undefined],
  ] as const)('as %s with %o is %o', (personality, ports, expected) => {
    expect(planDriverNetwork({ personality, ports })).toEqual(expected);
  });
});
