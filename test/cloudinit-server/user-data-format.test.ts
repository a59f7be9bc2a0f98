import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isKnownUserData } from '../../cloudinit-server/user-data-format.ts';

describe('isKnownUserData()', () => {
  it.each([
    '#cloud-config\nusers: []',
    '#cloud-config-archive\n[]',
    '\n #Cloud-Config\n',
    '#!/bin/sh\n',
    '#include\nhttp://h/x',
    '#include-once\n',
    '#cloud-boothook\n',
    '#part-handler\n',
    '## template: jinja\n#cloud-config\n',
    'Content-Type: multipart/mixed; boundary="x"\nMIME-Version: 1.0\n\n--x\n',
    '',
    ' \n',
  ])('knows %j', text => {
    expect(isKnownUserData(Buffer.from(text))).toBe(true);
  });

  it('knows what is packed', () => {
    expect(isKnownUserData(gzipSync('#cloud-config\n'))).toBe(true);
  });

  it.each(['users: []\n', '# cloud-config\n', '\ufeff#cloud-config\n', '<html>', '#clod-config'])(
    'does not know %j',
    text => {
      expect(isKnownUserData(Buffer.from(text))).toBe(false);
    },
  );
});
