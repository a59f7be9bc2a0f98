import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseHcl } from '../../cli/hcl/parse-hcl.ts';
import { runCli } from '../../cli/main.ts';
import { DISTRO_VM, renderJobFile } from '../../cli/template/job-template.ts';

const folder = new URL('../../jobs/', import.meta.url);
const names = readdirSync(folder).filter(name => name.endsWith('.hcl'));

function read(name: string): string {
  return readFileSync(new URL(name, folder), 'utf8');
}

async function check(...argv: readonly string[]) {
  let out = '';
  const write = (text: string) => {
    out += text;
  };
  const signal = new AbortController().signal;
  const io = {
    writeOut: write,
    writeError: write,
    isTerminal: false,
    adminTokenFile: undefined,
    ask: undefined,
    runProgram: () => Promise.reject(new Error('nothing is to be run')),
    cwd: folder.pathname,
    signal,
    version: '0',
  };
  return { code: await runCli(['check', ...argv], io), out };
}

describe('jobs/', () => {
  it('holds the templates that the guide names', () => {
    expect(names).toEqual([
      'agent-plugin.hcl',
      'cloudinit-server.hcl',
      'distro-vm-args.hcl',
      'distro-vm.hcl',
    ]);
  });

  it.each(names)('%s is HCL', async name => {
    await expect(parseHcl(read(name))).resolves.toHaveProperty('value');
  });

  it('distro-vm.hcl is what "nomad-vm new" writes', () => {
    expect(read('distro-vm.hcl')).toBe(renderJobFile(DISTRO_VM));
  });

  it.each([[], ['--agent', 'agent-plugin.hcl']])(
    'passes the check without a warning: %j',
    async (...argv) => {
      const jobs = names.filter(name => name !== 'agent-plugin.hcl');
      expect(await check(...argv, ...jobs)).toEqual({
        code: 0,
        out: '3 files, 2 VM tasks: 0 errors, 0 warnings\n',
      });
    },
  );

  it('has the check find what a user may get wrong in a variable', async () => {
    const { code, out } = await check('--var', 'mac=52:54:00', '--var', 'bridge=br 0', 'distro-vm.hcl');
    expect(code).toBe(1);
    expect(out).toContain('config.network[0].mac: Cannot use "52:54:00"');
    expect(out).toContain('config.network[0].bridge: "br 0" cannot be the name of a bridge');
  });

  it('restarts the seed server before a guest gives up, for ever', async () => {
    const { value } = await parseHcl(read('cloudinit-server.hcl'));
    expect(value).toMatchObject({
      job: {
        'cloudinit-server': [
          { group: { server: [{ restart: [{ delay: '1s', interval: '5s', attempts: 5, mode: 'delay' }] }] } },
        ],
      },
    });
  });
});
