import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDriverLab, type DriverLab } from './driver-lab.ts';
import { renderTinyJob, type TinyJob } from './tiny-job.ts';

let lab: DriverLab;

beforeAll(async () => {
  lab = await createDriverLab();
  await lab.writeSeed('known', { 'user-data': '' });
});

afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

/** One wrong job and what its user must read in `nomad alloc status`. */
interface BadInput {
  readonly config: string;
  readonly says: readonly string[];
  readonly changes?: Partial<TinyJob>;
}

const NETWORK = 'network { bridge = "br0" }';

/** IMAGE stands for the tiny image. */
const BAD_INPUTS: Readonly<Record<string, BadInput>> = {
  'an image that is missing': {
    config: 'image = "local/none.qcow2"',
    says: ['config.image', '"local/none.qcow2" does not exist', 'artifact'],
  },
  'an image outside the allowed folders': {
    config: 'image = "/etc/passwd"',
    says: ['config.image', 'outside the folders', 'image_paths'],
  },
  'a bridge that does not exist': {
    config: `image = "IMAGE"\n network { bridge = "br7" }`,
    says: ['config.network[0].bridge', '"br7"', 'br0'],
  },
  'a bridge that the ACL does not allow': {
    config: `image = "IMAGE"\n network { bridge = "br1" }`,
    says: ['config.network[0].bridge', '"br1"', 'bridge.conf', 'allow br1'],
  },
  'a MAC address that is malformed': {
    config: `image = "IMAGE"\n network {\n bridge = "br0"\n mac = "52:54:00:zz:00:01"\n }`,
    says: ['config.network[0].mac', '52:54:00:zz:00:01'],
  },
  'a MAC address that is multicast': {
    config: `image = "IMAGE"\n network {\n bridge = "br0"\n mac = "01:54:00:00:00:01"\n }`,
    says: ['config.network[0].mac', 'multicast'],
  },
  'a seed that the server does not know': {
    config: `image = "IMAGE"\n ${NETWORK}\n cloud_init { seed = "stranger" }`,
    says: ['config.cloud_init.seed', '"stranger" is unknown to the seed server', 'create the folder'],
  },
  'a seed name that climbs out': {
    config: `image = "IMAGE"\n ${NETWORK}\n cloud_init { seed = "../x" }`,
    says: ['config.cloud_init.seed', '../x'],
  },
  'a seed server with a comma and a quote in its URL': {
    config: `image = "IMAGE"\n ${NETWORK}\n cloud_init {\n seed = "known"\n server = "http://a,b\\"c/"\n }`,
    says: ['config.cloud_init.server'],
  },
  'a newline in a path': {
    config: 'image = "local/a\\nb.qcow2"',
    says: ['config.image', 'control'],
  },
  'too little memory': {
    config: 'image = "IMAGE"',
    changes: { memoryMib: 64 },
    says: ['resources.memory', '64 MiB', 'memory = 2048'],
  },
  'an emulator that is not installed': {
    config: 'image_path = "IMAGE"\n emulator = "sparc"',
    changes: { driver: 'qemu' },
    says: ['config.emulator', 'qemu-system-sparc', 'install'],
  },
  'arguments outside the allow list': {
    config: 'image = "IMAGE"\n args = ["-drive", "file=/etc/shadow"]',
    says: ['config.args', '-drive', 'args_allowlist'],
  },
  'several problems at once': {
    config: 'image = "local/none.qcow2"\n network { bridge = "br7" }',
    changes: { memoryMib: 64 },
    says: ['3 problems', 'resources.memory', 'config.image', 'config.network[0].bridge'],
  },
};

/** Runs a job that must fail and returns what its user reads. */
async function failureOf(id: string, config: string, changes: Partial<TinyJob> = {}): Promise<string> {
  await lab.nomad.run(
    renderTinyJob({
      id,
      type: 'batch',
      restarts: 1,
      ...changes,
      config: config.replaceAll('IMAGE', lab.tinyImage),
    }),
  );
  const task = await lab.nomad.waitForTask(id, ({ state }) => state === 'dead', { timeoutMs: 60_000 });
  expect(task.failed).toBe(true);
  const text = (await lab.nomad.events(task.allocId))
    .map(({ type, message }) => `${type}: ${message}`)
    .join('\n');
  await lab.nomad.command('job', 'stop', '-purge', '-detach', id);
  return text;
}

describe('bad input gets one message that names the option and the cure', () => {
  it.each(Object.entries(BAD_INPUTS))('%s', async (name, { config, changes, says }) => {
    if (name.includes('ACL')) {
      await lab.lab.exec(['ip', 'link', 'add', 'br1', 'type', 'bridge']);
    }
    const text = await failureOf(name.replace(/\W+/g, '-'), config, changes);
    for (const part of says) expect(text).toContain(part);
    // A wrong job stays wrong: Nomad must not try again.
    expect(text).toContain('unrecoverable');
    expect(text.match(/Driver Failure/g)).toHaveLength(1);
    expect(text).not.toMatch(/\n\s+at /);
  });

  it.each([
    ['that is no image', ['config.image', 'is text']],
    ['with a backing file in its header', ['config.image', 'backing file']],
    ['with an external data file in its header', ['config.image', 'keeps its data in another file']],
  ] as const)('an image %s', async (kind, says) => {
    const image = join(lab.imagesFolder, `${kind.length}.qcow2`);
    await writeFile(image, '<html><body>404 Not Found</body></html>');
    if (kind.includes('backing')) {
      await execa('qemu-img', ['create', '-f', 'qcow2', '-b', lab.tinyImage, '-F', 'qcow2', image]);
    } else if (kind.includes('data file')) {
      const secret = join(lab.lab.folder, 'secret');
      await writeFile(secret, '');
      await execa('qemu-img', ['create', '-f', 'qcow2', '-o', `data_file=${secret}`, image, '1M']);
    }
    const text = await failureOf(`image-${kind.length}`, `image = "${image}"`);
    for (const part of says) expect(text).toContain(part);
  });

  it('a MAC address that a live VM holds', async () => {
    const config = `image = "IMAGE"\n network {\n bridge = "br0"\n mac = "52:54:00:aa:bb:cc"\n }`;
    await lab.nomad.run(renderTinyJob({ id: 'holder', config: config.replace('IMAGE', lab.tinyImage) }));
    const holder = await lab.nomad.waitForTask('holder', ({ state }) => state === 'running', {
      timeoutMs: 60_000,
    });
    const text = await failureOf('second', config);
    expect(text).toContain('config.network[0].mac');
    expect(text).toContain(`allocation ${holder.allocId.slice(0, 8)}`);
    await lab.nomad.command('job', 'stop', '-purge', '-detach', 'holder');
  });

  it('a seed server that is down, which another try may find up', async () => {
    const server = `http://${lab.lab.gateway}:8999/`;
    const config = `image = "IMAGE"\n ${NETWORK}\n cloud_init {\n seed = "known"\n server = "${server}"\n }`;
    const text = await failureOf('server-down', config);
    expect(text).toContain(`seed server ${server}`);
    expect(text).toContain('connection refused');
    // One restart was allowed, and used.
    expect(text.match(/Driver Failure/g)).toHaveLength(2);
  });

  it('an option that does not exist, and a wrong type, in the words of Nomad', async () => {
    expect(await failureOf('unknown-option', 'imagee = "x"')).toContain('No argument or block type is named');
    expect(await failureOf('wrong-type', 'image = "x"\n cpus = "many"')).toContain('a number is required');
  });
});
