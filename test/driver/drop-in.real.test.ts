import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startPlugin, startRequest } from './nomad-client.ts';

/** Starts a task of driver "qemu" with these raw arguments, and ends it. */
async function startWith(args: readonly string[]): Promise<Record<string, unknown>> {
  await using plugin = await startPlugin('qemu');
  await plugin.configure({ state_dir: join(plugin.dir, 'state'), run_dir: join(plugin.dir, 'run') });
  const folder = join(plugin.dir, 'alloc');
  const local = join(folder, 'vm', 'local');
  mkdirSync(local, { recursive: true });
  // All zero but for the boot sector's signature.
  const disk = Buffer.alloc(1024 * 1024);
  disk.writeUInt16LE(0xaa55, 510);
  for (const name of ['disk.raw', 'seed.iso']) writeFileSync(join(local, name), disk);
  const request = startRequest(folder, { image_path: 'local/disk.raw', args });
  return await plugin.call('Driver', 'StartTask', request);
}

describe('raw arguments for the built-in driver', () => {
  it('may name files of the task by relative paths', async () => {
    const { handle } = await startWith(['-cdrom', 'local/seed.iso']);
    expect(handle).toMatchObject({ state: 'RUNNING' });
  });

  it.each([[['-machine', 'q35,accel=kvm:tcg']], [['-M', 'accel=tcg']], [['-accel', 'tcg']]])(
    'may choose the accelerator: %j',
    async args => {
      const { handle } = await startWith(args);
      expect(handle).toMatchObject({ state: 'RUNNING' });
    },
  );
});
