import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const SCRIPT = join(import.meta.dirname, '../../scripts/apt-sources.sh');

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'apt-sources-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** What the script writes for a suite, by file, on a host with these files in /etc. */
async function writeSources(
  suite: string,
  host: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const files = { 'os-release': 'ID=debian\nVERSION_CODENAME=bookworm\n', ...host };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, 'etc', name)), { recursive: true });
    await writeFile(join(folder, 'etc', name), text);
  }
  const out = join(folder, 'out', suite);
  await execa('sh', [SCRIPT, suite, out, join(folder, 'etc')]);
  const names = await readdir(out);
  return Object.fromEntries(
    await Promise.all(names.map(async name => [name, await readFile(join(out, name), 'utf8')])),
  );
}

const STANZAS = `Types: deb deb-src
# a comment
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /keys/debian-archive-bookworm.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
`;

describe('apt-sources.sh', () => {
  it('takes every suite from where the host takes its own', async () => {
    expect(await writeSources('trixie', { 'apt/sources.list.d/debian.sources': STANZAS })).toEqual({
      '1.sources': `Types: deb 
URIs: http://mirror.example/debian
Suites: trixie trixie-updates
Components: main contrib
Signed-By: /keys/debian-archive-bookworm.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: trixie-security
Components: main

`,
    });
  });

  it('asks for nothing but itself of the suite that has neither updates nor a security archive', async () => {
    const lines =
      'deb http://mirror.example/debian bookworm main\ndeb http://mirror.example/debian-security bookworm-security main\n';
    const folded =
      'Types: deb\nURIs: http://a/debian\nSuites: bookworm\n bookworm-updates\nComponents: main\n';
    const host = {
      'apt/sources.list': lines,
      'apt/sources.list.d/a.sources': STANZAS,
      'apt/sources.list.d/b.sources': folded,
    };
    expect(await writeSources('testing', host)).toEqual({
      '1.list': 'deb http://mirror.example/debian testing main\n',
      '2.sources':
        'Types: deb \nURIs: http://mirror.example/debian\nSuites: testing\nComponents: main contrib\nSigned-By: /keys/debian-archive-bookworm.gpg\n\n',
      '3.sources': 'Types: deb\nURIs: http://a/debian\nSuites: testing\nComponents: main\n\n',
    });
  });

  it.each([
    ['deb https://apt.example.com bookworm main'],
    ['deb https://apt.example.com/debian bookworm-tools main'],
    ['deb https://apt.example.com/debian bookworm stable'],
    ['deb-src http://deb.debian.org/debian bookworm main'],
    ['# deb http://mirror.example/debian bookworm main'],
    ['deb http://deb.debian.org/debian bullseye main'],
    ['deb http://archive.ubuntu.com/ubuntu noble main'],
  ])('does not take "%s" for an archive of Debian, and falls back to deb.debian.org', async line => {
    const keyring = '[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]';
    expect(await writeSources('trixie', { 'apt/sources.list': `${line}\n` })).toEqual({
      'debian.list': `deb ${keyring} http://deb.debian.org/debian trixie main
deb ${keyring} http://deb.debian.org/debian trixie-updates main
deb ${keyring} http://deb.debian.org/debian-security trixie-security main
`,
    });
  });

  it('does so on hosts that are no release of Debian', async () => {
    const host = { 'os-release': 'ID=arch\n', 'apt/sources.list': 'deb http://a/debian  main\n' };
    expect(Object.keys(await writeSources('testing', host))).toEqual(['debian.list']);
  });
});
