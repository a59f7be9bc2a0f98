import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainStartFailure } from '../../qemu/start-failure.ts';

const HELPER_FAILED = 'qemu-system-x86_64: -netdev bridge,id=nic0,br=br0: bridge helper failed\n';

describe('explainStartFailure()', () => {
  it.each([
    [
      'bridge-denied',
      '/etc/qemu/bridge.conf',
      `failed to parse default acl file \`/etc/qemu/bridge.conf'\n${HELPER_FAILED}`,
    ],
    ['bridge-denied', 'allow <bridge>', `access denied by acl file\n${HELPER_FAILED}`],
    [
      'bridge-missing',
      'bridge "nobr" does not exist',
      `failed to get mtu of bridge \`nobr': No such device\n${HELPER_FAILED}`,
    ],
    [
      'bridge-helper',
      'may not create a tap',
      `failed to create tun device: Operation not permitted\n${HELPER_FAILED}`,
    ],
    ['bridge-helper', 'install the package', HELPER_FAILED],
    [
      'start-failed',
      'another process has the disk',
      'qemu: -blockdev {}: Failed to get "write" lock\nIs another process using the image [d]?\n',
    ],
    [
      'start-failed',
      '"tcp:0.0.0.0:22-:22"',
      "qemu: Could not set up host forwarding rule 'tcp:0.0.0.0:22-:22'\n",
    ],
    [
      'start-failed',
      'KVM cannot be used: Permission denied',
      'Could not access KVM kernel module: Permission denied\nqemu: failed to initialize kvm: Permission denied\n',
    ],
    ['start-failed', 'memory', "qemu: cannot set up guest memory 'pc.ram': Cannot allocate memory\n"],
    ['image-unreadable', '"/d"', "qemu: -drive x: Could not open '/d': Permission denied\n"],
  ])('answers %s with %s', (code, words, stderr) => {
    const error = explainStartFailure({ exitStatus: 1, stderr });
    expect(error).toMatchObject({ code, message: expect.stringContaining(words) });
    expect(error.message).toMatch(/^Cannot start qemu: .*; .*; qemu printed: ".*"$/);
  });

  it.each([
    [159, 'sandbox killed it'],
    [137, 'SIGKILL'],
    [134, 'signal 6 ended it'],
    [3, 'status 3'],
    [undefined, 'nobody recorded'],
  ])('makes the best of status %s without a word', (exitStatus, words) => {
    const error = explainStartFailure({ exitStatus, stderr: '' });
    expect(error).toMatchObject({ code: 'start-failed', message: expect.stringContaining(words) });
    expect(error.message).toContain('qemu printed nothing');
  });

  it('quotes the last lines only, without control characters, and never too much', () => {
    const stderr = `first\n${'noise\n'.repeat(10)}\u001b]0;title\u0007last\u202e\n`;
    const { message } = explainStartFailure({ exitStatus: 1, stderr });
    expect(message).toContain('noise / noise / noise / noise / ]0;titlelast"');
    expect(message).not.toContain('first');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), text => {
        const bounded = explainStartFailure({
          exitStatus: 1,
          stderr: `failed to get mtu of bridge \`${text}'`,
        }).message;
        expect(bounded.length).toBeLessThan(1500);
        expect(bounded).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});

describe('explainStartFailure() with real qemu', () => {
  it.each<[string, readonly string[]]>([
    ['does not know the machine type', ['-machine', 'nothing']],
    ['has no device "nothing"', ['-device', 'nothing']],
    ['does not know option "-nothing"', ['-nothing']],
    ['no controller for "if=scsi"', ['-drive', 'file=/dev/null,format=raw,if=scsi']],
    ['not take that many vCPUs', ['-smp', '5000']],
    ['there is no file "/nonexistent"', ['-drive', 'file=/nonexistent,format=raw']],
    ['not enough memory', ['-m', '900000G']],
    ['the bridge helper cannot be run', ['-netdev', 'bridge,id=n,helper=/nonexistent']],
    ['sandbox killed it', ['-sandbox', 'on,spawn=deny', '-netdev', 'bridge,id=n,helper=/bin/true']],
  ])('knows "%s"', (words, args) => {
    const common = [
      '-c',
      '"$@"; exit $?',
      'sh',
      'qemu-system-x86_64',
      '-nodefaults',
      '-display',
      'none',
      '-S',
    ];
    const result = spawnSync('/bin/sh', [...common, ...args], { encoding: 'utf8', timeout: 10_000 });
    const error = explainStartFailure({ exitStatus: result.status ?? undefined, stderr: result.stderr });
    expect(error.message).toContain(words);
  });
});
