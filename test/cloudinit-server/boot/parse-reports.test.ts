import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildFingerprint, parseHostKey } from '../../../cloudinit-server/boot/host-key.ts';
import { parseEvent } from '../../../cloudinit-server/boot/parse-event.ts';
import { parsePhoneHome } from '../../../cloudinit-server/boot/parse-phone-home.ts';
import { readRecordedBoot } from './recorded-boot.ts';

const event = (fields: object) => JSON.stringify({ name: 'modules-final', event_type: 'finish', ...fields });

describe('parseEvent()', () => {
  it('reads what cloud-init sends', () => {
    expect(
      parseEvent(event({ result: 'FAIL', timestamp: 12.5, description: 'x', origin: 'cloudinit' })),
    ).toEqual({
      kind: 'event',
      name: 'modules-final',
      phase: 'finish',
      result: 'FAIL',
      guestSeconds: 12.5,
    });
  });

  it.each([
    '',
    'null',
    '[]',
    '{"name":"x"',
    '"finish"',
    event({ name: 'a\nb' }),
    event({ name: '<script>' }),
    event({ name: 'x'.repeat(65) }),
    event({ name: '../../x' }),
    event({ name: 7 }),
    event({ event_type: 'explode' }),
    event({ event_type: null }),
  ])('takes %j for no event', body => {
    expect(parseEvent(body)).toBeUndefined();
  });

  it('leaves out what is nonsense', () => {
    expect(parseEvent(event({ result: 'GREAT', timestamp: '12' }))).toEqual({
      kind: 'event',
      name: 'modules-final',
      phase: 'finish',
    });
    expect(parseEvent(event({ event_type: 'start', result: 'FAIL' }))).not.toHaveProperty('result');
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), body => void parseEvent(body)));
  });
});

describe('parsePhoneHome()', () => {
  it('reads the keys of a real guest, the one that ssh prefers first', () => {
    const body =
      readRecordedBoot('trixie-25.1.4').find(({ path }) => path.startsWith('phone-home'))?.body ?? '';
    const { instanceId, hostKeys } = parsePhoneHome(body);
    expect(instanceId).toBe('iid-vm1-0001');
    expect(hostKeys.map(({ algorithm }) => algorithm)).toEqual([
      'ssh-ed25519',
      'ecdsa-sha2-nistp256',
      'ssh-rsa',
    ]);
    expect(hostKeys[0]?.key).toBe('AAAAC3NzaC1lZDI1NTE5AAAAIKscfB84ClkkTsrrwL3SiK57VHMtrjJudT0zcGIfPGtJ');
    // What ssh-keygen -l prints for it.
    expect(hostKeys[0] && buildFingerprint(hostKeys[0])).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
  });

  it('has no keys of a guest that has none', () => {
    expect(parsePhoneHome('pub_key_rsa=N%2FA&instance_id=N%2FA')).toEqual({ hostKeys: [] });
  });

  it('never throws, and gives only keys that can stand in a file of lines', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        const { hostKeys } = parsePhoneHome(`pub_key_ed25519=${text}&pub_key_rsa=ssh-rsa ${text}`);
        expect(hostKeys).toEqual([]);
      }),
    );
  });
});

describe('parseHostKey()', () => {
  it.each([
    'ssh-ed25519 AAAA',
    `ssh-rsa ${'A'.repeat(60)}`,
    `ssh-ed25519 ${Buffer.from(`\0\0\0\x07ssh-rsa${'x'.repeat(40)}`).toString('base64')}`,
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKscfB84ClkkTsrrwL3SiK57VHMtrjJudT0zcGIfPGtJ\u2028x',
    '* ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKscfB84ClkkTsrrwL3SiK57VHMtrjJudT0zcGIfPGtJ',
  ])('refuses %j', text => {
    const key = parseHostKey(text);
    // A comment behind the key is dropped, whatever it is.
    if (text.includes('\u2028')) expect(key?.key).toHaveLength(68);
    else expect(key).toBeUndefined();
  });
});
