import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { GUEST_AGENT_SCRIPT } from '../../../cloudinit-server/vendor/guest-agent-script.ts';
import { createTemporaryFolder } from '../fakes/temporary-folder.ts';

interface Guest {
  /** Names of the commands that it has. */
  readonly commands: readonly string[];
  /** What they do beside being noted; the folder of commands is $BIN. */
  readonly body?: string;
  readonly shell?: readonly string[];
}

/** Runs the script in a guest that has these commands alone. */
async function run({ commands, body = '', shell = ['/bin/sh'] }: Guest) {
  await using folder = await createTemporaryFolder();
  const bin = join(folder.path, 'bin');
  const log = await folder.write('log', '');
  for (const name of commands) {
    const text = `#!/bin/sh\nBIN=${bin}\necho "${name} $*" >>${log}\n${body}\n`;
    await chmod(await folder.write(`bin/${name}`, text), 0o755);
  }
  const script = await folder.write('script', GUEST_AGENT_SCRIPT);
  const [file = '', ...args] = shell;
  const result = await execa(file, [...args, script], {
    env: { PATH: bin },
    extendEnv: false,
    reject: false,
  });
  const calls = (await readFile(log, 'utf8')).split('\n').filter(Boolean);
  return { exitCode: result.exitCode, out: result.stdout, calls };
}

/** An installation that works. */
const INSTALL = `case "$*" in *install*qemu-guest-agent*|*add*qemu-guest-agent*|*-Sy*qemu-guest-agent*)
  printf '#!/bin/sh\\n' >$BIN/qemu-ga; /bin/chmod +x $BIN/qemu-ga;; esac`;

const SHELLS = [['/bin/sh'], ['/usr/bin/busybox', 'sh']];

describe.each(SHELLS)('GUEST_AGENT_SCRIPT in %s', (...shell) => {
  it.each([
    ['apt-get', 'systemctl', /^apt-get .* update$/, 'systemctl start --no-block qemu-guest-agent'],
    ['dnf', 'systemctl', /^dnf .* install qemu-guest-agent$/, 'systemctl start --no-block qemu-guest-agent'],
    ['yum', 'systemctl', /^yum .* install qemu-guest-agent$/, 'systemctl start --no-block qemu-guest-agent'],
    ['zypper', 'systemctl', /^zypper --non-interactive /, 'systemctl start --no-block qemu-guest-agent'],
    ['pacman', 'systemctl', /^pacman -Sy /, 'systemctl start --no-block qemu-guest-agent'],
    ['apk', 'rc-service', /^apk add /, 'rc-service qemu-guest-agent start'],
  ])('installs by %s and starts by %s', async (manager, init, first, last) => {
    const commands = [manager, init, ...(init === 'rc-service' ? ['rc-update'] : [])];
    const { exitCode, calls } = await run({ commands, body: INSTALL, shell });
    expect(exitCode).toBe(0);
    expect(calls[0]).toMatch(first);
    expect(calls.at(-1)).toBe(last);
  });

  it('installs nothing twice', async () => {
    const { exitCode, calls } = await run({ commands: ['apt-get', 'systemctl', 'qemu-ga'], shell });
    expect(exitCode).toBe(0);
    expect(calls).toEqual([
      'systemctl enable qemu-guest-agent',
      'systemctl start --no-block qemu-guest-agent',
    ]);
  });

  it.each([
    ['nothing works', { commands: ['apt-get', 'systemctl'], body: 'exit 100' }],
    ['nothing is there', { commands: [] }],
    ['starting fails', { commands: ['qemu-ga', 'systemctl'], body: 'exit 1' }],
  ])('ends well where %s', async (_name, guest) => {
    expect((await run({ ...guest, shell })).exitCode).toBe(0);
  });

  it('says so when there is no agent at the end', async () => {
    const { out } = await run({ commands: [], shell });
    expect(out).toBe('guest agent: no package manager that is known here\nguest agent: not installed');
  });
});
