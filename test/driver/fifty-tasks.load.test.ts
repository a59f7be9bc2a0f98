import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findProcesses } from '../../qemu/leftover-processes.ts';
import { type NomadClient, startPlugin, startRequest } from './nomad-client.ts';

const TASKS = 50;
const DISK_BYTES = 1024 * 1024;

interface RunningTask {
  readonly id: string;
  readonly ended: Promise<Record<string, unknown>>;
}

async function startTask(plugin: NomadClient, index: number): Promise<RunningTask> {
  const id = `alloc-${index}/vm/0123abcd`;
  const folder = join(plugin.dir, `alloc-${index}`);
  mkdirSync(join(folder, 'vm', 'local'), { recursive: true });
  const config = { image: join(plugin.dir, 'disk.raw'), accelerator: 'tcg', graceful_shutdown: false };
  const request = startRequest(folder, config, {
    id,
    alloc_id: `alloc-${index}`,
    env: { NOMAD_ALLOC_INDEX: String(index) },
    resources: {
      allocated_resources: { cpu: { cpu_shares: 100 }, memory: { memory_mb: 128 } },
      linux_resources: {},
    },
  });
  const reply = await plugin.call('Driver', 'StartTask', request);
  expect(reply['handle']).toMatchObject({ state: 'RUNNING', config: { id } });
  return { id, ended: plugin.call('Driver', 'WaitTask', { task_id: id }) };
}

async function stopTask(plugin: NomadClient, { id, ended }: RunningTask): Promise<unknown> {
  await plugin.call('Driver', 'StopTask', { task_id: id, timeout: { seconds: 60 } });
  const { result } = await ended;
  await plugin.call('Driver', 'DestroyTask', { task_id: id });
  return result;
}

/** Milliseconds that the work took for all indexes at once, and what it gave. */
async function measure<T>(work: (index: number) => Promise<T>) {
  const startedAt = performance.now();
  const results = await Promise.all(Array.from({ length: TASKS }, (_, index) => work(index)));
  return { ms: Math.round(performance.now() - startedAt), results };
}

describe('one plugin', () => {
  it('starts 50 tasks at once, stops 50 at once, and leaves nothing of them', {
    timeout: 240_000,
  }, async () => {
    await using plugin = await startPlugin();
    const folders = { state_dir: join(plugin.dir, 'state'), run_dir: join(plugin.dir, 'run') };
    await plugin.configure({ ...folders, image_paths: [plugin.dir] });
    // All zero but for the boot sector's signature.
    const disk = Buffer.alloc(DISK_BYTES);
    disk.writeUInt16LE(0xaa55, 510);
    writeFileSync(join(plugin.dir, 'disk.raw'), disk);
    const events = plugin.stream('Driver', 'TaskEvents', {});
    events.on('error', () => undefined);
    const started: string[] = [];
    events.on('data', ({ task_id, message }) => {
      if (String(message).startsWith('VM started')) started.push(String(task_id));
    });

    const start = await measure(index => startTask(plugin, index));
    const emulators = findProcesses(`${folders.state_dir}/`).length;
    const { results: tasks } = start;
    for (const { id } of tasks) {
      const { task } = await plugin.call('Driver', 'InspectTask', { task_id: id });
      expect(task).toMatchObject({ state: 'RUNNING' });
    }
    while (started.length < TASKS) await once(events, 'data', { signal: AbortSignal.timeout(10_000) });
    // Each has a wrapper, and a qemu of its own.
    expect(emulators).toBeGreaterThanOrEqual(2 * TASKS);
    expect(new Set(started).size).toBe(TASKS);

    const stop = await measure(async index => {
      const task = tasks[index];
      return task === undefined ? undefined : await stopTask(plugin, task);
    });
    for (const result of stop.results) expect(result).toMatchObject({ exit_code: 0, signal: 0 });
    events.cancel();
    expect(readdirSync(folders.state_dir)).toEqual([]);
    expect(readdirSync(folders.run_dir)).toEqual([]);
    expect(findProcesses(`${folders.state_dir}/`)).toEqual([]);
    expect(plugin.logLines.filter(line => /"@level":"(warn|error)"/.test(line))).toEqual([]);
    process.stdout.write(
      `${TASKS} tasks: all started after ${start.ms} ms, all stopped after ${stop.ms} ms\n`,
    );
  });
});
