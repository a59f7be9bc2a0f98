import { describe, expect, it } from 'vitest';
import { buildNoCloudSerial } from '../../../cloudinit-server/client/build-nocloud-serial.ts';
import { buildRegisteredSeedUrl, buildSeedUrl } from '../../../cloudinit-server/client/build-seed-url.ts';

describe('buildSeedUrl()', () => {
  it.each([
    ['http://10.77.0.1:8000', 'alice', 'http://10.77.0.1:8000/alice/'],
    ['http://10.77.0.1:8000/', 'alice', 'http://10.77.0.1:8000/alice/'],
    ['http://10.77.0.1:8000//', 'lab/vm1', 'http://10.77.0.1:8000/lab/vm1/'],
    ['http://seeds.example.org/base', 'alice', 'http://seeds.example.org/base/alice/'],
    ['https://seeds.example.org', '.', 'https://seeds.example.org/'],
    ['http://[fd00::1]:8000', 'alice', 'http://[fd00::1]:8000/alice/'],
    ['http://h/a,b/', 'alice', 'http://h/a%2Cb/alice/'],
  ])('joins %s and %s with one slash at the end', (server, seed, url) => {
    expect(buildSeedUrl(server, seed)).toBe(url);
  });

  it.each([
    ['10.77.0.1:8000', 'it is no URL'],
    ['', 'it is no URL'],
    ['ftp://h/', 'guests cannot fetch from "ftp:"'],
    ['file:///seeds', 'guests cannot fetch from "file:"'],
    ['http://h/?t=1', 'it has a query or fragment'],
    ['http://h/#x', 'it has a query or fragment'],
    ['http://h/;x', 'it holds a blank'],
    ['http://h/ x', 'it holds a blank'],
    [' http://h/', 'it holds a blank'],
    ['http://h/\n', 'it holds a blank'],
    ['http://h/%s', 'it holds a blank'],
  ])('refuses the server %j', (server, reason) => {
    expect(() => buildSeedUrl(server, 'alice')).toThrow(
      `Cannot use ${JSON.stringify(server)} as the address of the seed server: ${reason}`,
    );
  });

  it('refuses a password without repeating it', () => {
    expect(() => buildSeedUrl('http://u:hunter2@h/', 'alice')).toThrow('a user name or password');
    expect(() => buildSeedUrl('http://u:hunter2@h/', 'alice')).not.toThrow('hunter2');
  });
});

describe('buildRegisteredSeedUrl()', () => {
  it.each([
    ['http://10.77.0.1:8000', 'http://10.77.0.1:8000/-/vm/t-_9/'],
    ['http://seeds.example.org/base/', 'http://seeds.example.org/base/-/vm/t-_9/'],
  ])('goes on from %s', (server, url) => {
    expect(buildRegisteredSeedUrl(server, '/-/vm/t-_9/')).toBe(url);
  });
});

describe('buildNoCloudSerial()', () => {
  it('names the network mode, without which Debian 12 throws the seed away', () => {
    expect(buildNoCloudSerial('http://10.77.0.1:8000/alice/')).toBe(
      'ds=nocloud;dsmode=net;s=http://10.77.0.1:8000/alice/',
    );
  });
});
