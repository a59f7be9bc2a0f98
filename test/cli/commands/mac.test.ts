// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are HCL's own.
import { describe, expect, it } from 'vitest';
import { deriveMacAddress } from '../../../qemu/mac-address.ts';
import { openCli } from '../cli-harness.ts';

function job(config: string, count = '2'): string {
  return `variable "count" {}
job "pool" {
  group "g" {
    count = ${count}
    task "t" {
      driver = "vm"
      config {
        image = "a"
        ${config}
      }
    }
  }
}
`;
}

const TWO_NICS = 'network {\n bridge = "br0"\n}\nnetwork {\n mode = "user"\n}';

describe('mac', () => {
  it('prints every NIC of every VM', async () => {
    await using cli = await openCli();
    await cli.write('job.hcl', job(TWO_NICS));
    const mac = (index: number, nic: number) => deriveMacAddress(`default/pool/g/t/${index}`, nic);
    expect(await cli.run('mac', 'job.hcl')).toEqual({
      code: 0,
      err: '',
      out: `VM                  NIC  MAC                FROM     NETWORK
default/pool/g/t/0  0    ${mac(0, 0)}  derived  br0
default/pool/g/t/0  1    ${mac(0, 1)}  derived  user
default/pool/g/t/1  0    ${mac(1, 0)}  derived  br0
default/pool/g/t/1  1    ${mac(1, 1)}  derived  user
`,
    });
  });

  it('derives from name and namespace where the job names its VMs', async () => {
    await using cli = await openCli();
    await cli.write('job.hcl', job(`name = "vnode\${NOMAD_ALLOC_INDEX}"\n${TWO_NICS}`, 'var.count'));
    const { out } = await cli.run('mac', '--json', '--namespace', 'ops', '--var', 'count=3', 'job.hcl');
    const rows: unknown = JSON.parse(out);
    expect(rows).toHaveLength(6);
    expect(rows).toContainEqual({
      ...{ namespace: 'ops', job: 'pool', group: 'g', task: 't', index: 2, vm: 'ops/vnode2' },
      ...{ nic: 0, mac: deriveMacAddress('ops/vnode2', 0), source: 'derived', bridge: 'br0' },
    });
  });

  it.each([
    ['an unknown count', job(TWO_NICS, 'var.count'), 'how many VMs group "g" has (count) is not known here'],
    [
      'an unknown name',
      job(`name = "\${node.unique.name}"\n${TWO_NICS}`),
      'depends on what only Nomad knows',
    ],
    ['a job without VMs', 'job "x" {}', 'there is no task with driver "vm" or "qemu"'],
    ['a wrong config', job('cpus = 0'), 'config.cpus: 0 virtual CPUs are not possible'],
    ['a broken file', 'job "x" {', 'job.hcl:1: the block "job" that begins here is never closed'],
  ])('fails for %s', async (_, text, message) => {
    await using cli = await openCli();
    await cli.write('job.hcl', text);
    const { code, err } = await cli.run('mac', 'job.hcl');
    expect(code).toBe(1);
    expect(err).toContain(message);
  });
});
