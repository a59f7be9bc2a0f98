import { describe, expect, it } from 'vitest';
import { buildGuestBaseUrl, parsePublicUrl } from '../../../cloudinit-server/vendor/guest-base-url.ts';

describe('buildGuestBaseUrl()', () => {
  it.each([
    ['10.77.0.1', 'http://10.77.0.1:8000'],
    ['::ffff:10.77.0.1', 'http://10.77.0.1:8000'],
    ['fd00::1', 'http://[fd00::1]:8000'],
  ])('of a connection to %s is %s', (localAddress, url) => {
    expect(buildGuestBaseUrl({ localAddress, localPort: 8000 })).toBe(url);
  });
});

describe('parsePublicUrl()', () => {
  it('has no slash at the end', () => {
    expect(parsePublicUrl('https://seeds.example/a/')).toBe('https://seeds.example/a');
    expect(parsePublicUrl('http://10.0.0.1:8000')).toBe('http://10.0.0.1:8000');
  });

  it.each(['seeds:8000', 'ftp://x', 'http://u:p@x/', 'http://x/?a', 'http://x/#a', ''])(
    'refuses %j',
    text => {
      expect(() => parsePublicUrl(text)).toThrow('Cannot tell guests to report to');
    },
  );
});
