import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDriverLab, type DriverLab } from './driver-lab.ts';
import { asRecord } from './nomad/task.ts';
import { renderTinyJob, type TinyJob } from './tiny-job.ts';

let lab: DriverLab;

beforeAll(async () => {
  lab = await createDriverLab();
});

afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

/** A tiny guest on the LAN; another edition is another version of the job. */
async function runTiny(id: string, changes: Partial<TinyJob> = {}, edition = 1): Promise<void> {
  const config = `
    image = "${lab.tinyImage}"
    network { bridge = "br0" }
    ${changes.config ?? ''}`;
  await lab.nomad.run(renderTinyJob({ id, task: `meta { edition = "${edition}" }`, ...changes, config }));
}

async function failureOf(job: string): Promise<string> {
  const { allocId } = await lab.nomad.waitForTask(job, ({ failed }) => failed, { timeoutMs: 60_000 });
  return (await lab.nomad.events(allocId)).map(({ message }) => message).join('\n');
}

/** Nomad scales no job whose deployment is under way. */
async function scale(job: string, count: number): Promise<void> {
  const submit = () => lab.nomad.command('job', 'scale', '-detach', job, 'vm', String(count));
  await expect.poll(() => submit().catch(String), { timeout: 60_000, interval: 500 }).not.toContain('Error');
}

async function countRunning(job: string): Promise<number> {
  return (await lab.nomad.tasks(job)).filter(({ state }) => state === 'running').length;
}

describe('features of Nomad', () => {
  it('scales a group up and down, and refuses a canary that would share its MAC address', async () => {
    await runTiny('scaled', { group: 'update {\n canary = 1\n min_healthy_time = "1s"\n }' });
    await lab.waitForConsole('scaled', 'tiny: ready');
    await scale('scaled', 2);
    await expect.poll(() => countRunning('scaled'), { timeout: 60_000 }).toBe(2);
    const indexes = (await lab.nomad.tasks('scaled')).map(({ allocId }) => lab.record(allocId).identity);
    expect(indexes.sort()).toEqual(['default/scaled/vm/vm/0', 'default/scaled/vm/vm/1']);
    await scale('scaled', 1);
    await expect.poll(() => countRunning('scaled'), { timeout: 60_000 }).toBe(1);

    await runTiny('scaled', { group: 'update {\n canary = 1\n min_healthy_time = "1s"\n }' }, 2);
    expect(await failureOf('scaled')).toMatch(
      /config\.network\[0\]\.mac: "52:54:00:.*" is in use by task "vm" of allocation \w{8} on this node/,
    );
    expect(await countRunning('scaled')).toBe(1);
    await lab.nomad.stopJob('scaled', '-purge');
  });

  it('takes an image that a prestart task has written, and variables in every option', async () => {
    await lab.writeSeed('from-template', { 'user-data': '#tiny: echo seed found\n' });
    const prestart = `
    task "image" {
      driver = "raw_exec"
      lifecycle {
        hook = "prestart"
      }
      config {
        command = "cp"
        args    = ["${lab.tinyImage}", "\${NOMAD_ALLOC_DIR}/data/disk.qcow2"]
      }
      resources {
        cpu    = 50
        memory = 64
      }
    }`;
    const task = `
      meta {
        bridge = "br0"
        cpus   = "2"
        agent  = "true"
      }
      env {
        OWNER = "alice"
      }
      template {
        data        = "SEED=from-template"
        destination = "secrets/vm.env"
        env         = true
      }`;
    const config = `
      image           = "\${NOMAD_ALLOC_DIR}/data/disk.qcow2"
      name            = "\${OWNER}-\${NOMAD_ALLOC_INDEX}"
      cpus            = "\${NOMAD_META_cpus}"
      disk_size       = "\${NOMAD_META_cpus}G"
      emulator        = "\${attr.kernel.arch}"
      guest_agent     = "\${NOMAD_META_agent}"
      network {
        bridge = "\${NOMAD_META_bridge}"
        mac    = "52:54:00:00:\${NOMAD_ALLOC_INDEX}1:01"
      }
      cloud_init {
        seed   = "\${SEED}"
        server = "${lab.seedServer}"
      }`;
    await lab.nomad.run(renderTinyJob({ id: 'hooks', group: prestart, task, config }));
    const { allocId } = await lab.waitForConsole('hooks', 'seed found');
    expect(lab.record(allocId)).toMatchObject({
      identity: 'default/alice-0',
      macAddresses: ['52:54:00:00:01:01'],
    });
    expect(await lab.nomad.logs(allocId, 'stderr', 'vm')).toContain('2 vCPUs: cpus in the job');
    await lab.nomad.stopJob('hooks', '-purge');
  });

  it('takes an image by artifact, registers a service, and leaves a node that is drained', async () => {
    const www = join(lab.lab.folder, 'www');
    await mkdir(www);
    await copyFile(lab.tinyImage, join(www, 'tiny.qcow2'));
    await lab.lab.spawn('www', ['busybox', 'httpd', '-f', '-p', `${lab.lab.gateway}:8099`, '-h', www]);
    const config = `
      image = "local/tiny.qcow2"
      network { mode = "user" }
      port_map { ssh = 22 }`;
    const task = `
      artifact {
        source = "http://${lab.lab.gateway}:8099/tiny.qcow2"
      }
      service {
        name     = "shell"
        provider = "nomad"
        port     = "ssh"
      }`;
    const group = 'network {\n port "ssh" { static = 2022 }\n }';
    await lab.nomad.run(renderTinyJob({ id: 'fetched', config, task, group }));
    await lab.waitForConsole('fetched', 'tiny: ready');
    expect(await lab.nomad.json('/v1/service/shell')).toMatchObject([{ Address: '127.0.0.1', Port: 2022 }]);

    const [first] = await lab.nomad.tasks('fetched');
    await lab.nomad.command('node', 'drain', '-enable', '-self', '-yes', '-detach', '-deadline', '30s');
    await lab.nomad.waitForTask('fetched', ({ state }) => state === 'dead', { timeoutMs: 60_000 });
    const events = (await lab.nomad.events(first?.allocId ?? '')).map(({ message }) => message).join('\n');
    expect(events).toContain('stopped by the guest agent');
    await lab.nomad.command('node', 'drain', '-disable', '-self', '-yes');
    await lab.nomad.waitForTask('fetched', ({ state }) => state === 'running', { timeoutMs: 60_000 });
    await lab.nomad.stopJob('fetched', '-purge');
  });

  it("checks a service at a guest's own address on the LAN", async () => {
    const address = '10.77.0.201';
    const commands = [`ip addr add ${address}/24 dev "$(ls /sys/class/net | grep ens)"`, 'httpd -p 8080'];
    await lab.writeSeed('checked', { 'user-data': commands.map(line => `#tiny: ${line}\n`).join('') });
    const task = `
      service {
        name     = "web"
        provider = "nomad"
        address  = "${address}"
        port     = "web"
        check {
          type     = "tcp"
          interval = "1s"
          timeout  = "1s"
        }
      }`;
    const group = 'network {\n port "web" { static = 8080 }\n }';
    await runTiny('checked', { task, group, config: 'cloud_init { seed = "checked" }' });
    const { allocId } = await lab.waitForConsole('checked', 'tiny: ready');
    const findStatus = async () => {
      const checks = asRecord(await lab.nomad.json(`/v1/client/allocation/${allocId}/checks`));
      return Object.values(checks).map(check => asRecord(check)['Status']);
    };
    await expect.poll(findStatus, { timeout: 30_000 }).toEqual(['success']);
    await lab.nomad.command('alloc', 'exec', allocId, 'killall', 'httpd');
    await expect.poll(findStatus, { timeout: 30_000 }).toEqual(['failure']);
    await lab.nomad.stopJob('checked', '-purge');
  });

  it('refuses a user, and leaves host volumes and unknown addresses to the words of Nomad', async () => {
    await runTiny('user', { type: 'batch', task: 'user = "nobody"' });
    expect(await failureOf('user')).toContain('user: is "nobody"');

    const task = 'service {\n provider = "nomad"\n address_mode = "driver"\n port = "22"\n }';
    await runTiny('driver-mode', { task });
    const isRefused = 'cannot use address_mode="driver": no driver network exists';
    const { state } = await lab.nomad.waitForTask(
      'driver-mode',
      ({ events }) => events.some(({ message }) => message.includes(isRefused)),
      { timeoutMs: 60_000 },
    );
    expect(state).toBe('running');
    await lab.nomad.stopJob('driver-mode', '-purge');

    const volume = `
      name      = "shared"
      type      = "host"
      plugin_id = "mkdir"
      capability {
        access_mode     = "single-node-writer"
        attachment_mode = "file-system"
      }`;
    const file = join(lab.lab.folder, 'volume.hcl');
    await writeFile(file, volume);
    await lab.nomad.command('volume', 'create', file);
    await runTiny('volume', {
      type: 'batch',
      group: 'volume "shared" {\n type = "host"\n source = "shared"\n }',
      task: 'volume_mount {\n volume = "shared"\n destination = "/srv"\n }',
    });
    expect(await failureOf('volume')).toContain('task driver "vm" for "vm" does not support host volumes');
  });
});
