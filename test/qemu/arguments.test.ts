import { describe, expect, it } from 'vitest';
import { buildArguments } from '../../qemu/arguments.ts';
import { buildVmFiles } from '../../qemu/vm-files.ts';
import type { VmSpec } from '../../qemu/vm-spec.ts';
import { goldenArgumentsPath, readGoldenSpecs } from './golden-specs.ts';

const files = buildVmFiles(
  { stateRoot: '/var/lib/nomad-driver-vm', runRoot: '/run/nomad-driver-vm' },
  'web-0',
);
const specs = readGoldenSpecs();

function pick(name: string, change: Partial<VmSpec> = {}): VmSpec {
  const spec = specs.get(name);
  if (spec === undefined) throw new Error(`No golden case "${name}"`);
  return { ...spec, ...change };
}

function valuesOf(option: string, list: readonly string[]): readonly string[] {
  return list.flatMap((word, index) => (list[index - 1] === option ? [word] : []));
}

describe('buildArguments()', () => {
  it.each([...specs.keys()])('matches the golden file of %s', async name => {
    const text = `${buildArguments(pick(name), files).join('\n')}\n`;
    await expect(text).toMatchFileSnapshot(goldenArgumentsPath(name));
  });

  it('doubles commas in file names, the name and the serial', () => {
    const list = buildArguments(
      pick('commas-in-names'),
      buildVmFiles({ stateRoot: '/s,t', runRoot: '/r,u' }, 'k'),
    );
    expect(list).toContain('guest=a,, b,debug-threads=on');
    expect(list).toContain('type=1,serial=ds=nocloud;h=a,,b;s=http://192.0.2.1:8000/a,,b/');
    expect(valuesOf('-drive', list)[0]).toContain('file.filename=/srv/a,,b=c/d "e".img');
    expect(valuesOf('-chardev', list)[0]).toContain('path=/r,,u/k/console.sock');
    expect(valuesOf('-chardev', list)[0]).toContain('logfile=/s,,t/k/console.log,logappend=on');
  });

  it('keeps a secret serial and what is on a seed disk out of its words', () => {
    expect(buildArguments(pick('secret-serial'), files).join(' ')).not.toContain('secret');
    expect(buildArguments(pick('seed-disk'), files).join(' ')).not.toContain('instance-id');
    const withComma = buildVmFiles({ stateRoot: '/s,t', runRoot: '/r,u' }, 'k');
    expect(valuesOf('-smbios', buildArguments(pick('secret-serial'), withComma))).toEqual([
      'file=/r,,u/k/seed-source',
    ]);
  });

  it('has no words on the system beside a table of it, which qemu would not take', () => {
    const extraArguments = ['-smbios', 'type=1,product=P', '-smbios', 'type=2,product=B'];
    const secret = buildArguments(pick('secret-serial', { extraArguments }), files);
    expect(valuesOf('-smbios', secret)).toEqual([expect.stringMatching(/^file=/), 'type=2,product=B']);
    const open = buildArguments(pick('commas-in-names', { extraArguments }), files);
    expect(valuesOf('-smbios', open).slice(1)).toEqual(['type=1,product=P', 'type=2,product=B']);
  });

  it('puts NIC n in slot 3 + n whatever else is attached', () => {
    const nic = {
      mode: 'user',
      macAddress: '52:54:00:00:00:01',
      forwards: [],
      dns: { nameserver: undefined, searchDomains: [] },
    } as const;
    const list = buildArguments(
      pick('bridge-overlay', { nics: Array.from({ length: 13 }, () => nic) }),
      files,
    );
    const slots = valuesOf('-device', list)
      .filter(device => device.includes('virtio-net-pci'))
      .map(device => /"addr":"0x([0-9a-f]+)"/.exec(device)?.[1]);
    expect(slots).toEqual(Array.from({ length: 13 }, (_, index) => (3 + index).toString(16)));
  });

  it('never uses a slot twice', () => {
    for (const name of specs.keys()) {
      const slots = buildArguments(pick(name), files).flatMap(
        word => /"addr":"([^"]+)"/.exec(word)?.[1] ?? [],
      );
      expect(new Set(slots).size, name).toBe(slots.length);
    }
  });

  it('names every format and forbids or names every backing file', () => {
    for (const [name, spec] of specs) {
      for (const node of valuesOf('-blockdev', buildArguments(spec, files))) {
        if (node.includes('"driver":"qcow2"')) expect(node, name).toMatch(/"backing":(null|"base")/);
      }
      for (const drive of valuesOf('-drive', buildArguments(spec, files))) {
        expect(drive, name).toMatch(/(^|,)format=(raw|qcow2)(,|$)/);
      }
    }
  });

  it.each([
    ['-netdev', 'tap,id=x'],
    ['--nic', 'bridge'],
    ['-net=bridge', ''],
  ])('lets qemu spawn helpers when the job brings "%s"', (option, value) => {
    const sandbox = (spec: VmSpec) => valuesOf('-sandbox', buildArguments(spec, files))[0];
    expect(sandbox(pick('no-nic-no-seed'))).toContain('spawn=deny');
    expect(sandbox(pick('no-nic-no-seed', { extraArguments: [option, value] }))).not.toContain('spawn=deny');
  });

  it('keeps qemu when the guest powers off only where it is to stay, and always has it trace why', () => {
    for (const staysWhenPoweredOff of [true, false]) {
      const list = buildArguments(pick('bridge-overlay', { staysWhenPoweredOff }), files);
      expect(list.includes('-no-shutdown')).toBe(staysWhenPoweredOff);
      expect(valuesOf('-trace', list)).toEqual(['qemu_system_shutdown_request', 'runstate_set']);
      expect(valuesOf('-D', list)).toEqual([files.shutdownTrace]);
    }
  });

  it('puts the raw arguments last', () => {
    const extraArguments = ['-m', '1G'];
    expect(buildArguments(pick('drop-in', { extraArguments }), files).slice(-2)).toEqual(extraArguments);
  });
});
