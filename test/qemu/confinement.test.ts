import { describe, expect, it } from 'vitest';
import { buildConfinedCommand } from '../../qemu/confinement.ts';

const bridge = {
  mode: 'bridge',
  bridge: 'br0',
  macAddress: '52:54:00:00:00:01',
  helperPath: '/helper',
} as const;
const user = {
  mode: 'user',
  macAddress: '52:54:00:00:00:02',
  forwards: [],
  dns: { nameserver: undefined, searchDomains: [] },
} as const;

describe('buildConfinedCommand()', () => {
  it('leaves net_admin to a VM on a bridge', () => {
    expect(buildConfinedCommand({ nics: [user, bridge], extraArguments: [] }, ['/qemu', '-S'])).toEqual([
      'setpriv',
      '--bounding-set=-all,+net_admin,+dac_override',
      '--inh-caps=-all',
      '--ambient-caps=-all',
      '--no-new-privs',
      '--',
      '/qemu',
      '-S',
    ]);
  });

  it('leaves it to a VM whose raw arguments bring a bridge', () => {
    const spec = { nics: [], extraArguments: ['-netdev', 'bridge,id=n0'] };
    expect(buildConfinedCommand(spec, ['/qemu'])).toContain('--bounding-set=-all,+net_admin,+dac_override');
  });

  it.each([[[]], [[user]]])('takes net_admin from a VM without a bridge', nics => {
    expect(buildConfinedCommand({ nics, extraArguments: [] }, ['/qemu'])).toContain(
      '--bounding-set=-all,+dac_override',
    );
  });
});
