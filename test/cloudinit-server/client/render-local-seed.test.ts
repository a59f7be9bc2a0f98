import { describe, expect, it } from 'vitest';
import { type LocalVm, renderLocalSeed } from '../../../cloudinit-server/client.ts';

const VM: LocalVm = {
  identity: 'default/web/vm/vm/1',
  name: 'web-1',
  files: { 'user-data': '#cloud-config\nhostname: "@{vm.name}"\n' },
  mac_addresses: ['52:54:00:00:00:01'],
  uuid: '00000000-0000-0000-0000-000000000001',
  namespace: 'default',
  job: 'web',
  group: 'vm',
  task: 'vm',
  index: 1,
  alloc_id: '00000000-0000-0000-0000-000000000002',
  node: 'node1',
  instance_id: 'stable',
};

describe('renderLocalSeed()', () => {
  it('generates the meta-data of a VM without one, and leaves empty what else is missing', async () => {
    const files = await renderLocalSeed(VM);
    expect(files['meta-data']).toMatch(/^instance-id: "vm-[0-9a-f]{20}"\nlocal-hostname: "web-1"\n$/);
    expect(files).toMatchObject({ 'vendor-data': '', 'network-config': '' });
    expect(await renderLocalSeed(VM)).toEqual(files);
  });

  it('puts values in place of variables', async () => {
    expect((await renderLocalSeed(VM))['user-data']).toBe('#cloud-config\nhostname: "web-1"\n');
  });

  it('keeps to the instance-id of the author, and to the policy', async () => {
    const own = { ...VM, files: { 'meta-data': 'instance-id: mine\n' } };
    expect((await renderLocalSeed(own))['meta-data']).toContain('instance-id: mine\n');
    const byContent = { ...VM, instance_id: 'content' } as const;
    const edited = { ...byContent, files: { 'user-data': '#cloud-config\n' } };
    const ids = await Promise.all(
      [byContent, edited].map(async vm => (await renderLocalSeed(vm))['meta-data']),
    );
    expect(new Set(ids).size).toBe(2);
  });
});
