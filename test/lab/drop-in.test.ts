import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDriverLab, type DriverLab } from './driver-lab.ts';

let lab: DriverLab;

beforeAll(async () => {
  lab = await createDriverLab();
  const www = join(lab.lab.folder, 'www');
  await mkdir(www);
  await copyFile(lab.tinyImage, join(www, 'tiny.qcow2'));
  await lab.lab.spawn('www', ['busybox', 'httpd', '-f', '-p', `${lab.lab.gateway}:8099`, '-h', www]);
  const page = 'mkdir -p /www && echo from the guest >/www/index.html && httpd -p 80 -h /www';
  await lab.writeSeed('web', { 'user-data': `#tiny: ${page}\n` });
});

afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

/** A job file as it is written for the built-in driver: its own options only, ports in the task's resources. */
async function runBuiltInJob(id: string, options: string, port = 8090): Promise<void> {
  const serial = `type=1,serial=ds=nocloud;s=${lab.seedServer}web/`;
  await lab.nomad.run(`
job "${id}" {
  group "vm" {
    reschedule {
      attempts  = 0
      unlimited = false
    }
    restart {
      attempts = 0
      mode     = "fail"
    }
    task "vm" {
      driver = "qemu"
      artifact {
        source = "http://${lab.lab.gateway}:8099/tiny.qcow2"
      }
      config {
        image_path  = "local/tiny.qcow2"
        accelerator = "tcg"
        args        = ["-smbios", "${serial}"]
        port_map {
          http = 80
        }
        ${options}
      }
      kill_timeout = "20s"
      resources {
        cpu    = 500
        memory = 256
        network {
          mbits = 10
          port "http" {
            static = ${port}
          }
        }
      }
    }
  }
}
`);
}

async function stop(
  job: string,
): Promise<{ readonly console: string; readonly events: string; readonly exitCode: number | undefined }> {
  await lab.nomad.stopJob(job);
  const { allocId, exitCode } = await lab.nomad.waitForTask(job, ({ state }) => state === 'dead', {
    timeoutMs: 60_000,
  });
  const events = (await lab.nomad.events(allocId)).map(({ message }) => message).join('\n');
  return { console: await lab.nomad.logs(allocId, 'stdout'), events, exitCode };
}

describe('a job written for the built-in qemu driver', () => {
  it('runs as it is: image in the allocation, raw arguments, ports of the task, clean shutdown', async () => {
    await runBuiltInJob(
      'all-options',
      'emulator = "x86_64"\n machine_type = "pc"\n drive_interface = "virtio"\n graceful_shutdown = true\n guest_agent = true',
    );
    const { allocId } = await lab.waitForConsole('all-options', 'tiny: ready');
    const get = ['busybox', 'wget', '-q', '-O', '-', 'http://127.0.0.1:8090/'];
    expect((await lab.lab.exec(get)).stdout).toBe('from the guest');
    // The file itself is the disk, so no overlay was made.
    expect(lab.record(allocId).diskPath).toBeUndefined();
    const { console, events } = await stop('all-options');
    expect(console).toContain('tiny: shutdown by the guest agent');
    expect(events).toContain('stopped by the guest agent');
  });

  it('ends at once where it does not ask for a graceful shutdown, with the defaults for the rest', async () => {
    await runBuiltInJob('defaults', '');
    await lab.waitForConsole('defaults', 'tiny: ready');
    const { console, events, exitCode } = await stop('defaults');
    expect(console).not.toMatch(/tiny: (shutdown|power button)/);
    expect(events).toMatch(/stopped by telling qemu to quit after 0\.\d s/);
    expect(exitCode).toBe(0);
  });

  it('is refused what the built-in driver refuses too', async () => {
    await runBuiltInJob('wrong', 'drive_interface = "virtio-foo"');
    const { allocId } = await lab.nomad.waitForTask('wrong', ({ failed }) => failed, { timeoutMs: 60_000 });
    const events = (await lab.nomad.events(allocId)).map(({ message }) => message).join('\n');
    expect(events).toContain('config.drive_interface: "virtio-foo" is not one of');
  });
});
