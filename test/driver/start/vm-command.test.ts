import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { buildVmCommand, describeVmCommand } from '../../../driver/start/vm-command.ts';
import { buildVmFiles } from '../../../qemu/vm-files.ts';
import { readGoldenSpecs } from '../../qemu/golden-specs.ts';

const files = buildVmFiles({ stateRoot: "/var/lib/it's here", runRoot: '/run/vm' }, 'key');
const cases = [...readGoldenSpecs()];
const [, plain] = cases.find(([name]) => name === 'no-nic-no-seed') ?? [];
if (plain === undefined) throw new Error('The golden file of a plain VM is gone');

describe('buildVmCommand()', () => {
  it("enters the network namespace of the VM's group", () => {
    const command = buildVmCommand(plain, files, '/run/netns/one');
    expect(command.slice(0, 4)).toEqual(['nsenter', '--net=/run/netns/one', '--', 'setpriv']);
  });
});

describe('describeVmCommand()', () => {
  it.each(cases.filter(([, spec]) => spec.seedSource?.kind !== 'serial' && spec.extraArguments.length === 0))(
    'is what a shell makes the command of: %s',
    (_name, spec) => {
      expect(readByShell(describeVmCommand(spec, files, undefined))).toEqual(
        buildVmCommand(spec, files, undefined),
      );
    },
  );

  it("leaves out a seed's URL", () => {
    const serial = 'ds=nocloud;s=http://192.0.2.1:8000/hard-to-guess/';
    const text = describeVmCommand({ ...plain, seedSource: { kind: 'serial', serial } }, files, undefined);
    expect(text).toContain("-smbios 'type=1,serial=<left out>'");
    expect(text).not.toContain('hard-to-guess');
  });

  it('shows flags alone of the arguments of the job', () => {
    const extraArguments = ['-object', 'secret,id=s,data=hunter2', '--vnc=hunter2', 'hunter2', '-S'];
    const text = describeVmCommand({ ...plain, extraArguments }, files, undefined);
    expect(text).toMatch(/-object '<left out>' '<left out>' '<left out>' -S$/);
    expect(text).not.toContain('hunter2');
  });
});

function readByShell(line: string): readonly string[] {
  const command = line.slice(line.indexOf(': ') + 2);
  return execFileSync('sh', ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);
}
