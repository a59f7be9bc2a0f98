import { describe, expect, it } from 'vitest';
import { formatListenAddress, parseListenAddress } from '../../cloudinit-server/listen-address.ts';

describe('parseListenAddress()', () => {
  it.each([
    ['10.77.0.1:8000', '10.77.0.1', 8000],
    ['[::]:8000', '::', 8000],
    ['[fd00::1]:0', 'fd00::1', 0],
    ['localhost:65535', 'localhost', 65535],
    ['seeds.example.org:80', 'seeds.example.org', 80],
  ])('reads %s, and formatListenAddress() writes it again', (text, host, port) => {
    expect(parseListenAddress(text)).toEqual({ host, port });
    expect(formatListenAddress({ host, port })).toBe(text);
  });

  it.each(['', '8000', ':8000', '10.77.0.1', '10.77.0.1:', '10.77.0.1:65536', '10.77.0.1:http', '::1:8000'])(
    'refuses "%s"',
    text => {
      expect(() => parseListenAddress(text)).toThrow(`Cannot listen on "${text}": wanted HOST:PORT`);
    },
  );

  it.each(['10.77.0:80', '10.77.0.256:80', '[10.77.0.1]:80', '[::1]', 'a b:80', '-x:80', 'http://h:80'])(
    'refuses "%s" as a host',
    text => {
      expect(() => parseListenAddress(text)).toThrow('wanted HOST:PORT');
    },
  );
});
