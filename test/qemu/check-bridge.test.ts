import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isBridgeAllowed, readBridgeAcl } from '../../qemu/bridge-acl.ts';
import { isBridge, listBridges } from '../../qemu/bridges.ts';
import { type BridgeSurroundings, checkBridge } from '../../qemu/check-bridge.ts';

let folder: string;
let host: Required<BridgeSurroundings>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'check-bridge-'));
  const [sysClassNet, aclPath, helper] = ['net', 'bridge.conf', 'helper'].map(name => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const path of ['br0/bridge', 'br1/bridge', 'eth0'])
    mkdirSync(join(sysClassNet, path), { recursive: true });
  writeFileSync(aclPath, 'allow br0\n');
  writeFileSync(helper, '', { mode: 0o755 });
  host = { uid: 0, sysClassNet, aclPath, helperPaths: [join(folder, 'none'), helper] };
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function isAllowed(text: string, bridge = 'br0'): Promise<boolean> {
  writeFileSync(host.aclPath, text.replaceAll('FOLDER', folder));
  return isBridgeAllowed(await readBridgeAcl(host.aclPath), bridge);
}

describe('isBridgeAllowed() of readBridgeAcl()', () => {
  it.each([
    'allow br0',
    'allow all\n',
    '# comment\n\n  allow \t br0  \nallow br1\n',
    'allow\tbr0',
    'deny br1\nallow br0',
    'include FOLDER/missing\nallow br0',
  ])('allows br0 with %j', async text => {
    expect(await isAllowed(text)).toBe(true);
  });

  it.each([
    '',
    'allow br1',
    'allow br',
    'allow br0\ndeny all',
    'deny br0\nallow all',
    'allow br0\nallow',
    'allow br0\npermit br1',
    'allow br0 br1',
    'ALLOW br0',
  ])('refuses br0 with %j', async text => {
    expect(await isAllowed(text)).toBe(false);
  });

  it('follows includes, and takes what stands before a mistake in one', async () => {
    writeFileSync(join(folder, 'more.conf'), 'allow br0\nmistake\nallow br1\n');
    expect(await isAllowed('include FOLDER/more.conf')).toBe(true);
    expect(await isAllowed('include FOLDER/more.conf', 'br1')).toBe(false);
  });

  it('survives a list that includes itself', async () => {
    expect(await isAllowed('allow br0\ninclude FOLDER/bridge.conf')).toBe(true);
  });

  it('tells what is wrong with the list', async () => {
    writeFileSync(host.aclPath, 'allow br0\nallow\n');
    expect((await readBridgeAcl(host.aclPath)).problem).toContain('line 2');
    expect((await readBridgeAcl(join(folder, 'none'))).problem).toContain('there is no');
    expect((await readBridgeAcl(folder)).problem).toContain('EISDIR');
  });
});

describe('listBridges()', () => {
  it('tells bridges from other interfaces', async () => {
    expect(await listBridges(host.sysClassNet)).toEqual(['br0', 'br1']);
    expect(await isBridge('br0', host.sysClassNet)).toBe(true);
  });

  it.each(['eth0', 'none', '', '.', '..', 'br0/../br1', '../net/br0', 'br0\0'])(
    'takes %j for none',
    async name => {
      expect(await isBridge(name, host.sysClassNet)).toBe(false);
    },
  );

  it('reads the real host', async () => {
    expect(await listBridges()).toBeInstanceOf(Array);
    expect(await isBridge('lo')).toBe(false);
  });
});

describe('checkBridge()', () => {
  it('gives the helper that will do it', async () => {
    expect(await checkBridge('br0', host)).toBe(join(folder, 'helper'));
  });

  it.each<[string, string, string, Partial<BridgeSurroundings>]>([
    ['bridge-missing', 'this host has "br0", "br1"; create it', 'br7', {}],
    ['bridge-missing', 'no such bridge', 'eth0', {}],
    ['bridge-helper', 'qemu-system-common', 'br0', { helperPaths: [] }],
    ['bridge-helper', 'user 1000', 'br0', { uid: 1000 }],
    ['bridge-denied', 'add the line "allow br1"', 'br1', {}],
    ['bridge-denied', 'there is no "/nonexistent"; add the line', 'br0', { aclPath: '/nonexistent' }],
  ])('refuses with %s: %s', async (code, words, bridge, change) => {
    await expect(checkBridge(bridge, { ...host, ...change })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words),
    });
  });

  it('tells a bridge that is denied from one that is not allowed', async () => {
    writeFileSync(host.aclPath, 'allow all\ndeny br1\n');
    await expect(checkBridge('br1', host)).rejects.toThrow('take the "deny" out');
  });
});
