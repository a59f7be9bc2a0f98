import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parsePluginConfig } from '../../../driver/config/plugin-config.ts';
import { parseTaskConfig } from '../../../driver/config/task-config.ts';
import { buildNewRecord } from '../../../driver/start/new-record.ts';
import { startVm } from '../../../driver/start/start-vm.ts';
import { buildVmSpec } from '../../../driver/start/vm-plan.ts';
import { TaskEvents } from '../../../driver/task-events.ts';
import type { TaskRecord } from '../../../driver/task-record.ts';
import { TaskStore } from '../../../driver/task-store.ts';
import { findProcesses } from '../../../qemu/leftover-processes.ts';
import { taskRequest } from '../task-request-example.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nomad-driver-vm-start-'));
});

afterEach(() => rmSync(dir, { recursive: true }));

/** A store on a disk that has room for so many records. */
class FullStore extends TaskStore {
  #room: number;

  constructor(room: number) {
    super({ stateRoot: join(dir, 's'), runRoot: join(dir, 'r') }, () => undefined);
    this.#room = room;
  }

  override save(record: TaskRecord): void {
    this.#room -= 1;
    if (this.#room < 0) throw new Error('ENOSPC: no space left on device, write');
    super.save(record);
  }
}

/** Starts a machine of 256 MiB without NICs, whose disk is empty. */
async function start(store: TaskStore) {
  const plugin = parsePluginConfig({ image_paths: [dir] });
  const config = parseTaskConfig({ image_path: join(dir, 'disk.raw') }, { personality: 'qemu', plugin });
  writeFileSync(join(dir, 'disk.raw'), Buffer.alloc(1024 * 1024));
  const request = taskRequest({ taskDir: dir });
  const identity = 'default/job/group/vm/0';
  const files = store.filesOf('qemu', request.id);
  const spec = buildVmSpec({
    ...{ config, request, identity, disksDir: dir, nics: [], seedSource: undefined },
    ...{ emulatorPath: '/usr/bin/qemu-system-x86_64', accelerator: 'tcg', vcpus: 1 },
    image: { path: join(dir, 'disk.raw'), kind: 'usable', format: 'raw', virtualSizeBytes: 1024 * 1024 },
  });
  const record = buildNewRecord({ config, request, identity, disksDir: dir, files });
  const context = { store, events: new TaskEvents(), log: () => undefined };
  const plan = { spec, request, record, diskSizeBytes: 1024 * 1024, registration: undefined };
  return { files, started: startVm(context, plan) };
}

describe('startVm()', () => {
  it('leaves no VM running whose record cannot be saved', async () => {
    const { files, started } = await start(new FullStore(1));
    await expect(started).rejects.toThrow('no space left');
    await vi.waitFor(() => expect(findProcesses(`${files.stateDir}/`)).toEqual([]), 10_000);
    expect(existsSync(files.stateDir)).toBe(false);
  });
});
