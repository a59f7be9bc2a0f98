import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { findProcesses } from '../../qemu/leftover-processes.ts';
import { startPlugin, startRequest } from './nomad-client.ts';

describe('a task that Nomad starts again under a new id', () => {
  it('takes the place of its earlier start, though the plugin runs that one still, and of its logs', async () => {
    await using plugin = await startPlugin();
    const folders = { state_dir: join(plugin.dir, 'state'), run_dir: join(plugin.dir, 'run') };
    await plugin.configure({ ...folders, image_paths: [plugin.dir] });
    const disk = Buffer.alloc(1024 * 1024);
    disk.writeUInt16LE(0xaa55, 510);
    writeFileSync(join(plugin.dir, 'disk.raw'), disk);
    const folder = join(plugin.dir, 'alloc');
    mkdirSync(join(folder, 'vm', 'local'), { recursive: true });
    const stderrPath = join(plugin.dir, 'fifo');
    execFileSync('mkfifo', [stderrPath]);
    // As Nomad's log collector does: it reads to the end, and never again.
    using collector = spawn('cat', [stderrPath]);
    let collected = '';
    collector.stdout.setEncoding('utf8').on('data', (text: string) => {
      collected += text;
    });
    const config = { image: join(plugin.dir, 'disk.raw'), accelerator: 'tcg', network: [{ mode: 'user' }] };
    // An agent that was killed before it had the handle on disk does not know of the first.
    const [first, second] = ['alloc/vm/00000001', 'alloc/vm/00000002'].map(id =>
      startRequest(folder, config, { id, alloc_id: 'alloc', stderr_path: stderrPath }),
    );
    await plugin.call('Driver', 'StartTask', first ?? {});
    await vi.waitFor(() => expect(collected).toContain('accelerator tcg'));
    collected = '';
    const reply = await plugin.call('Driver', 'StartTask', second ?? {});
    await vi.waitFor(() => expect(collected).toContain('accelerator tcg'));
    expect(collected).toMatch(/started by this command, .*: setpriv .*qemu-system-/);
    expect(reply['handle']).toMatchObject({ state: 'RUNNING', config: { id: 'alloc/vm/00000002' } });
    await expect(plugin.call('Driver', 'InspectTask', { task_id: 'alloc/vm/00000001' })).rejects.toThrow();
    const emulators = findProcesses(`${folders.state_dir}/`);
    await plugin.call('Driver', 'DestroyTask', { task_id: 'alloc/vm/00000002', force: true });
    expect(emulators.length).toBeGreaterThan(0);
    expect(findProcesses(`${folders.state_dir}/`)).toEqual([]);
  });
});
