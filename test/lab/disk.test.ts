import { copyFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDriverLab, type DriverLab, EXECUTABLE } from './driver-lab.ts';
import { renderTinyJob, type TinyJob } from './tiny-job.ts';

let lab: DriverLab;
/** A copy of the tiny image that a test may change. */
let image: string;

/** Counts this VM's boots in a file on its disk, and prints the number. */
const COUNT_BOOTS =
  'mkdir -p /mnt && mount /dev/vda1 /mnt && echo boot >>/mnt/boots && echo "boots: $(grep -c boot /mnt/boots)" && umount /mnt';

const STICKY = 'ephemeral_disk {\n sticky = true\n }';

beforeAll(async () => {
  lab = await createDriverLab();
  image = join(lab.imagesFolder, 'tiny.qcow2');
  await copyFile(lab.tinyImage, image);
  await lab.writeSeed('count', { 'user-data': `#tiny: ${COUNT_BOOTS}\n` });
});

afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

/** Submits version `edition` of a job whose guest counts its boots; another edition means another allocation. */
async function runCounting(id: string, edition: number, changes: Partial<TinyJob> = {}): Promise<void> {
  const config = `
    image = "${image}"
    network { bridge = "br0" }
    cloud_init { seed = "count" }
    ${changes.config ?? ''}`;
  await lab.nomad.run(renderTinyJob({ id, task: `meta { edition = "${edition}" }`, ...changes, config }));
}

async function messages(job: string): Promise<string> {
  const [task] = await lab.nomad.tasks(job);
  return task?.events.map(({ message }) => message).join('\n') ?? '';
}

async function stopAndWait(job: string): Promise<void> {
  await lab.nomad.stopJob(job);
  await expect
    .poll(async () => (await lab.nomad.tasks(job)).every(({ state }) => state === 'dead'), {
      timeout: 60_000,
    })
    .toBe(true);
}

/** `nomad-vm disk …` with the lab's folder. */
function diskCommand(...argv: readonly string[]): Promise<{ readonly stdout: string }> {
  return lab.lab.exec([EXECUTABLE, 'disk', ...argv, '--disks-dir', join(lab.lab.folder, 'state/disks')]);
}

describe('a persistent disk', () => {
  const persistent = { config: 'disk = "persistent"\n name = "alice"' };

  it('is there again after an update of the job', async () => {
    await runCounting('alice', 1, persistent);
    const first = await lab.waitForConsole('alice', 'boots: 1');
    expect(await messages('alice')).toContain('disk "default/alice" is new on this node');
    await runCounting('alice', 2, persistent);
    const second = await lab.waitForConsole('alice', 'boots: 2');
    expect(second.allocId).not.toBe(first.allocId);
    expect(await messages('alice')).toContain('disk "default/alice" is used again');
  });

  it('is refused to a second job, which is told who has it', async () => {
    await runCounting('alice-too', 1, { config: 'disk = "persistent"\n name = "alice"', type: 'batch' });
    await lab.nomad.waitForTask('alice-too', ({ failed }) => failed, { timeoutMs: 60_000 });
    const holder = (await lab.nomad.tasks('alice'))[0]?.allocId.slice(0, 8);
    expect(await messages('alice-too')).toContain(
      `config.disk: is the disk of VM "default/alice", which is in use by task "vm" of allocation ${holder} on this node`,
    );
    await expect(diskCommand('remove', 'default/alice')).rejects.toThrow(/a VM uses it; stop its job first/);
    expect((await diskCommand('list')).stdout).toMatch(/default\/alice .* in use .*tiny\.qcow2/);
  });

  it('is refused when its base image was changed, and can be given up', async () => {
    await stopAndWait('alice');
    await utimes(image, 1, 1);
    await runCounting('alice', 3, persistent);
    await lab.nomad.waitForTask('alice', ({ failed }) => failed, { timeoutMs: 60_000 });
    expect(await messages('alice')).toMatch(
      /is not what the VM's disk was made on .*tiny\.qcow2", \d+ bytes of/,
    );
    await lab.nomad.stopJob('alice');
    await diskCommand('remove', 'default/alice');
    await runCounting('alice-again', 1, persistent);
    await expect
      .poll(() => messages('alice-again'), { timeout: 60_000 })
      .toContain('disk "default/alice" is new on this node');
    await stopAndWait('alice-again');
  });
});

describe('an ephemeral disk', () => {
  it('goes with an update of the job', async () => {
    await runCounting('plain', 1);
    const { allocId } = await lab.waitForConsole('plain', 'boots: 1');
    await runCounting('plain', 2);
    await lab.nomad.waitForTask('plain', task => task.allocId !== allocId, { timeoutMs: 60_000 });
    await lab.waitForConsole('plain', 'boots: 1');
    await stopAndWait('plain');
  });

  it('moves with a sticky disk of the group', async () => {
    const sticky = { group: STICKY };
    await runCounting('sticky', 1, sticky);
    await lab.waitForConsole('sticky', 'boots: 1');
    await runCounting('sticky', 2, sticky);
    await lab.waitForConsole('sticky', 'boots: 2');
    await stopAndWait('sticky');
  });

  it('is refused when its image was fetched again, as that may be another one', async () => {
    const www = ['busybox', 'httpd', '-f', '-p', `${lab.lab.gateway}:8099`, '-h', lab.imagesFolder];
    await lab.lab.spawn('www', www);
    const fetched = (edition: number): TinyJob => ({
      id: 'fetched',
      config: 'image = "local/tiny.qcow2"',
      group: STICKY,
      task: `artifact {\n source = "http://${lab.lab.gateway}:8099/tiny.qcow2"\n }\n meta { edition = "${edition}" }`,
    });
    await lab.nomad.run(renderTinyJob(fetched(1)));
    await lab.nomad.waitForTask('fetched', ({ state }) => state === 'running', { timeoutMs: 60_000 });
    await lab.nomad.run(renderTinyJob(fetched(2)));
    await lab.nomad.waitForTask('fetched', ({ failed }) => failed, { timeoutMs: 60_000 });
    expect(await messages('fetched')).toMatch(/is not what the VM's disk was made on .* stop the job/);
  });
});
