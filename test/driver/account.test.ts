import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openAccount, renderAccountLine } from '../../driver/account.ts';

describe('renderAccountLine()', () => {
  it('is one line with an ISO time, whatever a guest put into the text', () => {
    const line = renderAccountLine('a\nb\u001b[31m', new Date(0));
    expect(line).toBe('1970-01-01T00:00:00.000Z a b [31m\n');
  });
});

describe('openAccount()', () => {
  it('appends lines and marks the end', () => {
    const dir = mkdtempSync(join(tmpdir(), 'nomad-driver-vm-account-'));
    try {
      const files = { account: join(dir, 'account.log'), accountClosed: join(dir, 'closed') };
      const account = openAccount(
        files,
        () => undefined,
        () => new Date(0),
      );
      account.write('one');
      account.write('two');
      account.close();
      expect(readFileSync(files.account, 'utf8')).toMatch(/one\n.*two\n$/);
      expect(existsSync(files.accountClosed)).toBe(true);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('tells the log, and nobody else, that it could not write', () => {
    const warnings: string[] = [];
    const files = { account: '/nonexistent/account.log', accountClosed: '/nonexistent/closed' };
    openAccount(files, (_level, message) => warnings.push(message)).write('lost');
    expect(warnings).toEqual(['cannot write to the account of a VM']);
  });
});
