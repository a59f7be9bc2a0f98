import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { openCli } from '../cli/cli-harness.ts';
import { listFences, readDocuments } from './documents.ts';

const fences = readDocuments().flatMap(listFences);
const unit =
  fences.find(({ language, path }) => language === 'ini' && path === 'docs/seed-server.md')?.text ?? '';

describe('the unit of docs/seed-server.md', () => {
  it('starts the server with options that it has', async () => {
    const [, command = '', ...argv] = /^ExecStart=(\S+) (.*)$/m.exec(unit) ?? [];
    expect(command).toBe('/usr/local/bin/nomad-vm');
    await using cli = await openCli();
    const { out: help } = await cli.run('serve', '--help');
    const options = argv.join(' ').match(/--[a-z-]+/g) ?? [];
    expect(options).toContain('--state');
    expect(options.filter(option => !help.includes(`${option} <`))).toEqual([]);
  });

  it('is one that systemd takes, and finds safe', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'seed-server-unit-'));
    const path = join(folder, 'cloudinit-server.service');
    // A program and a user that are there; what they are is not asked.
    const here = unit
      .replace('/usr/local/bin/nomad-vm', process.execPath)
      .replace('User=cloudinit-server', `User=${userInfo().username}`);
    await writeFile(path, here);
    const verified = await execa('systemd-analyze', ['verify', path]);
    expect(verified.stderr).toBe('');
    // 0 is safe and 100 is not; it fails above this. It rates the user too, so it is asked of the unit as written.
    await writeFile(path, unit);
    await execa('systemd-analyze', ['security', '--offline=yes', '--threshold=20', path]);
    await rm(folder, { recursive: true });
  });
});
