import { describe, expect, it } from 'vitest';
import { addBumps, buildStableId } from '../../../cloudinit-server/render/instance-id.ts';

describe('buildStableId()', () => {
  it('is the same for the same path, for ever: another instance-id costs guests their host keys', () => {
    expect(buildStableId('seed:lab/vm1')).toBe('seed-4ec53c0885bd27bb0567');
  });

  it('differs between folders of one name, and from a VM of that identity', () => {
    expect(buildStableId('seed:a/vm1')).not.toBe(buildStableId('seed:b/vm1'));
    expect(buildStableId('vm:a/vm1')).toMatch(/^vm-[0-9a-f]{20}$/);
  });

  it('tells apart identities that have colons', () => {
    expect(buildStableId('vm:default/a:b')).not.toBe(buildStableId('vm:default/a'));
  });
});

describe('addBumps()', () => {
  it('counts from two on', () => {
    expect([0, 1, 2].map(bumps => addBumps('seed-1', bumps))).toEqual(['seed-1', 'seed-1-2', 'seed-1-3']);
  });
});
