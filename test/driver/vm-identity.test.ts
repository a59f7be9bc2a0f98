import { describe, expect, it } from 'vitest';
import { buildIdentity } from '../../driver/vm-identity.ts';

const vm = { namespace: 'default', jobId: 'distro-vm', group: 'vm', task: 'debian', allocIndex: 3 };

describe('buildIdentity()', () => {
  it('joins namespace, job, group, task and index', () => {
    expect(buildIdentity(vm)).toBe('default/distro-vm/vm/debian/3');
  });

  it("takes the job's own name in place of all but the namespace", () => {
    expect(buildIdentity({ ...vm, name: 'alice' })).toBe('default/alice');
  });

  it('keeps VMs apart whose parts hold slashes', () => {
    expect(buildIdentity({ ...vm, jobId: 'a/dispatch-1' })).toBe('default/a%2Fdispatch-1/vm/debian/3');
    expect(buildIdentity({ ...vm, jobId: 'a%2Fb' })).not.toBe(buildIdentity({ ...vm, jobId: 'a/b' }));
  });
});
