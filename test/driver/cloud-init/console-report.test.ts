import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConsoleReport } from '../../../driver/cloud-init/console-report.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/cloud-init');

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'console-report-test-'));
  path = join(folder, 'console.log');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('readConsoleReport()', () => {
  it.each(['bookworm-22.4.2-ok', 'trixie-25.1.4-ok'])('finds the host keys on the console of %s', name => {
    const { hostKeys, tail } = readConsoleReport(join(FIXTURES, `${name}.console`));
    expect(hostKeys.map(key => key.split(' ')[0])).toEqual(['ecdsa-sha2-nistp256', 'ssh-ed25519', 'ssh-rsa']);
    for (const key of hostKeys) expect(key).toMatch(/^\S+ AAAA[A-Za-z0-9+/]+={0,2}$/);
    expect(Buffer.byteLength(tail)).toBeLessThanOrEqual(16 * 1024);
    const text = readFileSync(join(FIXTURES, `${name}.console`), 'utf8');
    expect(text.endsWith(tail)).toBe(true);
  });

  it('takes keys from a whole table only, the last one', () => {
    const table = (key: string) =>
      `-----BEGIN SSH HOST KEY KEYS-----\r\nssh-ed25519 ${key} root@vm\r\n-----END SSH HOST KEY KEYS-----\r\n`;
    writeFileSync(path, `ssh-rsa ${'B'.repeat(60)} x\n${table('C'.repeat(60))}${table('D'.repeat(60))}`);
    expect(readConsoleReport(path).hostKeys).toEqual([`ssh-ed25519 ${'D'.repeat(60)}`]);
    writeFileSync(path, table('C'.repeat(60)).slice(0, -10));
    expect(readConsoleReport(path).hostKeys).toEqual([]);
  });

  it('keeps to the size in whatever bytes a guest prints', () => {
    for (const bytes of [
      Buffer.alloc(80_000, 0xff),
      Buffer.from('ä€𝄞'.repeat(9_000)),
      Buffer.alloc(80_000, 65),
    ]) {
      writeFileSync(path, bytes);
      expect(Buffer.byteLength(readConsoleReport(path).tail)).toBeLessThanOrEqual(16 * 1024);
    }
  });

  it('hides the token in the address of the seed', () => {
    writeFileSync(path, 'Datasource NoCloud [seed=dmi,http://10.0.0.1:8000/-/vm/AbCdEfGhIjKlMnOpQrStUv/]\n');
    expect(readConsoleReport(path).tail).toBe('Datasource NoCloud [seed=dmi,http://10.0.0.1:8000/-/vm/…/]\n');
  });

  it('says nothing of a console that is not there yet', () => {
    expect(readConsoleReport(path)).toEqual({ tail: '', hostKeys: [] });
  });
});
