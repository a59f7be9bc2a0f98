import { describe, expect, it } from 'vitest';
import { checkArguments, describeBadEntry } from '../../../driver/config/args-rule.ts';
import type { Personality } from '../../../driver/config/personality.ts';

function refused(
  personality: Personality,
  allowlist: readonly string[] | undefined,
  args: readonly string[],
) {
  const paths: string[] = [];
  checkArguments(args, { personality, allowlist }, path => paths.push(path));
  return paths.length > 0;
}

describe('checkArguments() for driver vm', () => {
  const list = [
    '-device virtio-rng-pci',
    '-snapshot',
    '--name *',
    '-netdev user,id=*',
    '-object rng-random,id=*,x=*',
    '-device isa-debug-exit,*',
  ];

  it('allows nothing without a list', () => {
    expect(refused('vm', undefined, ['-snapshot'])).toBe(true);
    expect(refused('vm', [], ['-snapshot'])).toBe(true);
    expect(refused('vm', undefined, [])).toBe(false);
  });

  it.each([
    [['-device', 'virtio-rng-pci']],
    [['--device', 'virtio-rng-pci']],
    [['-snapshot']],
    [['-name', 'a,b,c', '-snapshot']],
    [['-netdev', 'user,id=n1']],
    [['-object', 'rng-random,id=a,x=b']],
    [['-device', 'isa-debug-exit,iobase=0xf4,iosize=0x04']],
  ])('allows %j', args => {
    expect(refused('vm', list, args)).toBe(false);
  });

  it.each([
    [['-device', 'vfio-pci']],
    [['-device', 'virtio-rng-pci,max-bytes=1']],
    [['-device']],
    [['-device', 'isa-debug-exit']],
    [['-device', 'isa-debug-exit2,iobase=1']],
    [['-device', 'x,isa-debug-exit,iobase=1']],
    [['-snapshot', '/etc/shadow']],
    [['-snapshot', 'x', 'y']],
    [['disk.img']],
    [['-name', 'a', 'disk.img']],
    [['-netdev', 'user,id=n1,smb=/etc']],
    [['-netdev', 'tap,id=n1']],
    [[' -snapshot']],
    [['-drive', 'file=/etc/shadow']],
    [['---snapshot']],
  ])('refuses %j', args => {
    expect(refused('vm', list, args)).toBe(true);
  });

  it('says what is allowed and where to add more', () => {
    const messages: string[] = [];
    checkArguments(
      ['-device', 'vfio-pci'],
      { personality: 'vm', allowlist: ['-snapshot'] },
      (path, message) => messages.push(`${path}: ${message}`),
    );
    expect(messages).toEqual([
      'config.args[0]: "-device vfio-pci" is not among the arguments that the operator of this node allows ("-snapshot"); remove it, or have it added to args_allowlist in the plugin\'s config',
    ]);
  });
});

/** The cases of the built-in driver's own TestArgsAllowList. */
describe('checkArguments() for the drop-in qemu', () => {
  const list = ['-drive', '-net', '-snapshot'];

  it.each([[['-drive', '/path/to/wherever', '-snapshot']], [['-net', 'tap,vlan=0,ifname=tap0']]])(
    'allows %j',
    args => {
      expect(refused('qemu', list, args)).toBe(false);
    },
  );

  it.each([
    [['-usbdevice', 'mouse']],
    [['-singlestep']],
    [['--singlestep']],
    [[' -singlestep']],
    [['\t-singlestep']],
  ])('refuses %j', args => {
    expect(refused('qemu', list, args)).toBe(true);
  });

  it('allows everything without a list, and with an empty one', () => {
    expect(refused('qemu', undefined, ['-singlestep'])).toBe(false);
    expect(refused('qemu', [], ['-singlestep'])).toBe(false);
  });

  it('takes --flag as -flag and looks at a value where the entry has one', () => {
    expect(refused('qemu', list, ['--drive', 'file=x'])).toBe(false);
    expect(refused('qemu', ['-net none'], ['-net', 'tap'])).toBe(true);
  });
});

describe('describeBadEntry()', () => {
  it.each(['-snapshot', '--snapshot', ' -device * ', '-m 512'])('takes %j', entry => {
    expect(describeBadEntry(entry)).toBeUndefined();
  });
  it.each(['snapshot', '', '*', '-', '- x', '-*'])('refuses %j', entry => {
    expect(describeBadEntry(entry)).toContain('does not begin with a qemu flag');
  });
});
