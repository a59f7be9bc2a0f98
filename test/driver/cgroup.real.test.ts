import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { applyCgroups, planCgroups } from '../../driver/cgroup.ts';
import { isProcessAlive } from '../../qemu/process-identity.ts';
import { buildVmFiles } from '../../qemu/vm-files.ts';
import { launchVm } from '../../qemu/vm-launch.ts';
import { taskRequest } from './task-request-example.ts';

let folder: string;
let group: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cgroup-real-'));
  group = join(findVersion2(), basename(folder));
  mkdirSync(group);
});

afterEach(async () => {
  writeFileSync(join(group, 'cgroup.kill'), '1');
  await vi.waitFor(() => rmdirSync(group), { timeout: 10_000 });
  rmSync(folder, { recursive: true });
});

/** Where version 2 is mounted: at the top, or beside version 1. */
function findVersion2(): string {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const path = mounts.map(line => line.split(' ')).find(([, , type]) => type === 'cgroup2')?.[1];
  if (path === undefined) throw new Error('This host has no control groups of version 2 mounted');
  return path;
}

/** Starts a machine without a disk in the group, as a task is started in the one that Nomad made for it. */
async function launchInGroup() {
  const files = buildVmFiles({ stateRoot: folder, runRoot: folder }, 'vm');
  const plan = planCgroups(taskRequest({ resources: { cpusetCgroup: group } }), {
    memoryLimitBytes: 512 * 1024 * 1024,
  });
  const refused: string[] = [];
  const cgroupProcsPaths = applyCgroups(plan, (_level, _message, fields) =>
    refused.push(String(fields?.['path'])),
  );
  const chardev = `socket,id=qmp,path=${files.qmpSocket},server=on,wait=off`;
  const command = [
    ...['/usr/bin/qemu-system-x86_64', '-nodefaults', '-display', 'none', '-machine', 'pc,accel=tcg'],
    ...['-chardev', chardev, '-mon', 'chardev=qmp,mode=control'],
  ];
  const logs = { consoleLogPath: '/dev/null', accountLogPath: '/dev/null' };
  const vm = await launchVm(
    { files, workingDir: folder, command, cgroupProcsPaths, ...logs },
    AbortSignal.timeout(15_000),
  );
  return { vm, plan, refused };
}

function pidsIn(cgroup: string): readonly number[] {
  return readFileSync(join(cgroup, 'cgroup.procs'), 'utf8').trim().split('\n').map(Number);
}

describe('control groups of version 2', () => {
  it('hold qemu and its wrapper, with every limit whose controller the group has', async () => {
    const { vm, plan, refused } = await launchInGroup();
    expect(pidsIn(group)).toEqual(expect.arrayContaining([vm.handle.wrapper.pid, vm.handle.qemu.pid]));
    const limits = plan.writes.map(({ path }) => path);
    expect(limits.filter(path => !existsSync(path))).toEqual(refused);
    vm.close();
  });

  it('end a VM as a whole when they are killed, which nobody is left to record', async () => {
    const { vm } = await launchInGroup();
    writeFileSync(join(group, 'cgroup.kill'), '1');
    expect(await vm.exit).toEqual({ kind: 'unrecorded' });
    // All are killed at once, and one is gone before the other.
    await vi.waitFor(() => expect(isProcessAlive(vm.handle.qemu)).toBe(false));
    vm.close();
  });

  it('hold a VM still and let it go on, without an end', async () => {
    const { vm } = await launchInGroup();
    const isFrozen = () => /^frozen 1$/m.test(readFileSync(join(group, 'cgroup.events'), 'utf8'));
    writeFileSync(join(group, 'cgroup.freeze'), '1');
    await vi.waitFor(() => expect(isFrozen()).toBe(true));
    await expect(vm.query('query-status', {}, AbortSignal.timeout(300))).rejects.toThrow();
    writeFileSync(join(group, 'cgroup.freeze'), '0');
    const status = await vm.query('query-status', {}, AbortSignal.timeout(5_000));
    expect(status).toMatchObject({ status: 'running' });
    vm.close();
  });
});
