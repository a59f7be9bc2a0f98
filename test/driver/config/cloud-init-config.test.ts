import { describe, expect, it } from 'vitest';
import { parsePluginConfig } from '../../../driver/config/plugin-config.ts';
import { ConfigProblems } from '../../../driver/config/problem.ts';
import { parseTaskConfig } from '../../../driver/config/task-config.ts';

const SERVER = 'http://10.0.0.1:8000/';
const api = { url: 'http://10.0.0.1:8002/', token_file: '/etc/token' };
const WITH_API = { cloudinit_server: SERVER, cloudinit_api: api };
const WITHOUT_API = { cloudinit_server: SERVER };
const NIC = { bridge: 'br0' };

function parse(cloudInit: object, plugin: object, more: object = { network: [NIC] }) {
  const raw = { image: 'a.qcow2', cloud_init: cloudInit, ...more };
  return parseTaskConfig(raw, { personality: 'vm', plugin: parsePluginConfig(plugin) }).cloudInit;
}

function problems(cloudInit: object, plugin: object = WITH_API, more?: object): readonly string[] {
  try {
    parse(cloudInit, plugin, more);
    return [];
  } catch (error) {
    if (error instanceof ConfigProblems)
      return error.problems.map(
        ({ path, message }) => `${path.replace('config.cloud_init', '')}: ${message}`,
      );
    throw error;
  }
}

describe('parseCloudInit()', () => {
  it.each([WITH_API, WITHOUT_API])('refuses raw arguments that would hide the seed, with %j', plugin => {
    const more = { network: [NIC], args: ['-smbios', 'type=1,serial=S'] };
    expect(problems({ seed: 'alice' }, { ...plugin, args_allowlist: ['-smbios type=1,*'] }, more)).toEqual([
      expect.stringContaining('config.args[1]: sets the "serial"'),
    ]);
  });

  it('leaves a folder to any web server where VMs are not registered', () => {
    expect(parse({ seed: 'alice' }, WITHOUT_API)).toEqual({ kind: 'public', seed: 'alice', server: SERVER });
  });

  it('registers every VM where the operator has named the API', () => {
    expect(parse({ seed: 'alice' }, WITH_API)).toEqual({
      kind: 'registered',
      server: SERVER,
      seed: 'alice',
      files: {},
      delivery: 'http',
      deliveryReason: undefined,
      instanceId: 'stable',
      mustFinishWithinMs: undefined,
    });
  });

  it('takes files by path, and a text with a line break as the content', () => {
    const given = {
      user_data: 'local/user-data',
      meta_data: 'a: b\n',
      vendor_data: '/abs/path',
      network_config: 'version: 2\nethernets: {}\n',
      instance_id: 'content',
      must_finish_within: '1m30s',
    };
    expect(parse(given, WITH_API)).toMatchObject({
      seed: undefined,
      files: {
        'user-data': { kind: 'path', path: 'local/user-data' },
        'meta-data': { kind: 'text', text: 'a: b\n' },
        'vendor-data': { kind: 'path', path: '/abs/path' },
        'network-config': { kind: 'text', text: 'version: 2\nethernets: {}\n' },
      },
      instanceId: 'content',
      mustFinishWithinMs: 90_000,
    });
  });

  it('makes a disk by itself of the files of a job, without a server', () => {
    expect(parse({ user_data: 'a\nb', delivery: 'disk' }, {})).toEqual({
      kind: 'local',
      files: { 'user-data': { kind: 'text', text: 'a\nb' } },
      deliveryReason: undefined,
      instanceId: 'stable',
    });
  });

  it.each(['23.4', '23.4.0', '23.4.1', '23.4.3', '23.4-7.el9_4', '23.4.2~1'])(
    'chooses a disk for cloud-init %s, and says why',
    version => {
      expect(parse({ seed: 'a', cloud_init_version: version }, WITH_API)).toMatchObject({
        delivery: 'disk',
        deliveryReason: `cloud-init ${version} does not find a seed that it has to fetch`,
      });
    },
  );

  it.each(['22.4.2', '23.3.9', '23.4.4', '24.1', '26.2-0ubuntu1~24.04.2'])(
    'lets cloud-init %s fetch',
    version => {
      expect(parse({ seed: 'a', cloud_init_version: version }, WITH_API)).toMatchObject({ delivery: 'http' });
    },
  );

  it('chooses a disk for a VM without a NIC', () => {
    expect(parse({ seed: 'a' }, WITH_API, {})).toMatchObject({
      delivery: 'disk',
      deliveryReason: 'the VM has no NIC to fetch it by',
    });
  });

  it('reports everything that is wrong at once', () => {
    const given = {
      seed: '../x',
      server: 'nowhere',
      user_data: '#cloud-config',
      delivery: 'floppy',
      cloud_init_version: 'newest',
      instance_id: 'random',
      must_finish_within: 'soon',
    };
    expect(problems(given).map(line => line.split(':')[0])).toEqual([
      '.seed',
      '.user_data',
      '.delivery',
      '.cloud_init_version',
      '.instance_id',
      '.must_finish_within',
      '.server',
    ]);
  });

  it.each([
    ['nothing at all', {}, WITH_API, '.seed: is missing; name the folder'],
    [
      'files without a disk or the API',
      { user_data: 'a' },
      WITHOUT_API,
      '.delivery: must be "disk" for files of the job',
    ],
    [
      'a folder on a disk without the API',
      { seed: 'alice', delivery: 'disk' },
      WITHOUT_API,
      '.seed: "alice" cannot be put on a disk,',
    ],
    [
      'a folder that the guest cannot fetch without the API',
      { seed: 'alice', cloud_init_version: '23.4.1' },
      WITHOUT_API,
      '.seed: "alice" cannot be put on a disk (cloud-init 23.4.1 does not',
    ],
    [
      'fetching by a guest that cannot',
      { seed: 'a', delivery: 'http', cloud_init_version: '23.4.1' },
      WITH_API,
      '.delivery: "http" is not possible: cloud-init 23.4.1',
    ],
    [
      'instance_id for a folder that anybody reads',
      { seed: 'a', instance_id: 'content' },
      WITHOUT_API,
      ".instance_id: counts for seeds that are the VM's own",
    ],
    [
      'must_finish_within without the API',
      { seed: 'a', must_finish_within: '5m' },
      WITHOUT_API,
      '.must_finish_within: cannot be kept',
    ],
    [
      'a time that is too long',
      { seed: 'a', must_finish_within: '25h' },
      WITH_API,
      '.must_finish_within: "25h" is not a time from "1s" to "24h"',
    ],
    [
      'a content that is one line',
      { user_data: '#!/bin/sh' },
      WITH_API,
      '.user_data: "#!/bin/sh" is neither a path nor a text',
    ],
    ['an empty path', { user_data: '' }, WITH_API, '.user_data: "" is neither a path nor a text'],
    [
      'more than a megabyte',
      { user_data: `${'x'.repeat(1024 * 1024)}\n` },
      WITH_API,
      '.user_data: has 1048577 bytes',
    ],
  ])('refuses %s', (_, given, plugin, line) => {
    expect(problems(given, plugin)).toEqual([expect.stringContaining(line)]);
  });

  it('refuses what a VM without a NIC cannot do', () => {
    expect(problems({ seed: 'a', delivery: 'http' }, WITH_API, {})).toEqual([
      expect.stringContaining(': cannot work without a NIC'),
    ]);
    expect(problems({ seed: 'a', must_finish_within: '5m' }, WITH_API, {})).toEqual([
      expect.stringContaining('.must_finish_within: needs a NIC'),
    ]);
  });
});

describe('parseCloudInitApi()', () => {
  function pluginProblems(block: object): readonly string[] {
    try {
      parsePluginConfig({ cloudinit_api: block });
      return [];
    } catch (error) {
      if (error instanceof ConfigProblems)
        return error.problems.map(({ path, message }) => `${path}: ${message}`);
      throw error;
    }
  }

  it('reads the block as an agent sends it, a list of one', () => {
    expect(parsePluginConfig({ cloudinit_api: [{ ...api, ca_file: '/ca.pem' }] }).cloudInitApi).toEqual({
      url: api.url,
      tokenFile: '/etc/token',
      caFile: '/ca.pem',
    });
  });

  it.each([
    [{}, ['config.cloudinit_api.url: is missing', 'config.cloudinit_api.token_file: is missing']],
    [{ ...api, url: 'ftp://x' }, ['config.cloudinit_api.url: Cannot use "ftp://x"']],
    [{ ...api, token_file: 'token' }, ['config.cloudinit_api.token_file: "token" is not an absolute path']],
    [{ ...api, ca_file: 'ca.pem' }, ['config.cloudinit_api.ca_file: "ca.pem" is not an absolute path']],
    [
      { ...api, token: 'secret' },
      ['config.cloudinit_api.token: there is no such option; the options are url'],
    ],
  ])('refuses %j', (block, lines) => {
    expect(pluginProblems(block)).toEqual(lines.map(line => expect.stringContaining(line)));
  });
});
