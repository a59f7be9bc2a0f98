import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readBootClockMs } from '../../driver/boot-clock.ts';
import { EndedTask } from '../../driver/ended-task.ts';
import { RunningTask } from '../../driver/running-task.ts';
import type { TaskContext } from '../../driver/task.ts';
import { TaskEvents } from '../../driver/task-events.ts';
import type { RunningRecord } from '../../driver/task-record.ts';
import { TaskStore } from '../../driver/task-store.ts';
import { findProcesses } from '../../qemu/leftover-processes.ts';
import {
  type ProcessIdentity,
  readProcessIdentity,
  signalProcessGroup,
} from '../../qemu/process-identity.ts';
import { Vm } from '../../qemu/vm.ts';
import type { VmFiles } from '../../qemu/vm-files.ts';
import { buildWrapperCommand } from '../../qemu/wrapper.ts';

let dir: string;
let context: TaskContext;
let files: VmFiles;
let wrapper: ProcessIdentity;
let qemu: ProcessIdentity;
const logged: string[] = [];

function identityOf(pid: number | undefined): ProcessIdentity {
  const identity = pid === undefined ? undefined : readProcessIdentity(pid);
  if (identity === undefined) throw new Error('the process is gone');
  return identity;
}

/** The real wrapper, with a process that sleeps in the place of qemu. */
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'nomad-driver-vm-task-'));
  const log = (_level: string, message: string) => logged.push(message);
  logged.length = 0;
  const store = new TaskStore({ stateRoot: join(dir, 's'), runRoot: join(dir, 'r') }, log);
  context = { store, events: new TaskEvents(), log };
  context.events.admit('alloc/vm/1');
  files = store.filesOf('vm', 'alloc/vm/1');
  for (const folder of [files.stateDir, files.runDir]) mkdirSync(folder, { recursive: true });
  for (const path of [files.console, files.account]) writeFileSync(path, '');
  await startWrapper('/dev/null');
});

afterEach(() => {
  signalProcessGroup(wrapper, 'SIGKILL');
  rmSync(dir, { recursive: true });
});

async function startWrapper(consoleLogPath: string): Promise<void> {
  const [shell = '', ...args] = buildWrapperCommand({
    files,
    command: ['/bin/sleep', '60'],
    consoleLogPath,
    accountLogPath: '/dev/null',
    cgroupProcsPaths: [],
  });
  wrapper = identityOf(spawn(shell, args, { detached: true, stdio: 'ignore' }).pid);
  await vi.waitFor(() => expect(existsSync(files.qemuPid)).toBe(true));
  qemu = identityOf(Number(readFileSync(files.qemuPid, 'utf8')));
}

function runningRecord(): RunningRecord {
  return {
    version: 1,
    owner: 'vm',
    taskId: 'alloc/vm/1',
    allocId: 'alloc',
    taskName: 'vm',
    allocDir: dir,
    hasLog: false,
    identity: 'default/vm',
    macAddresses: [],
    files,
    isGraceful: false,
    hasGuestAgent: false,
    onGuestPoweroff: 'exit',
    stage: {
      tag: 'running',
      wrapper,
      qemu,
      startedAt: new Date(0).toISOString(),
      phase: { tag: 'on' },
    },
  };
}

function startTask(): RunningTask {
  return new RunningTask(context, runningRecord(), new Vm({ files, wrapper, qemu }, undefined));
}

async function nextEvent(): Promise<string | undefined> {
  const stream = context.events.stream(AbortSignal.timeout(2_000));
  return (await stream.next()).value?.message;
}

const CRASH = 'VM ended: qemu crashed by signal 11 (SIGSEGV)';

describe('RunningTask', () => {
  it('tells of a crash by exit, event, account and record', async () => {
    const task = startTask();
    process.kill(qemu.pid, 'SIGSEGV');
    expect(await task.exited).toEqual({ exitCode: 139, signal: 11, isOomKilled: false });
    expect(await nextEvent()).toBe(CRASH);
    expect(readFileSync(files.account, 'utf8')).toContain(`${CRASH}\n`);
    expect(existsSync(files.accountClosed)).toBe(true);
    expect(context.store.load(files)?.stage).toMatchObject({ tag: 'exited', summary: CRASH });
  });

  it('tells the same of one that happened while no plugin was there', async () => {
    process.kill(qemu.pid, 'SIGSEGV');
    await vi.waitFor(() => expect(existsSync(files.exitStatus)).toBe(true));
    expect((await startTask().exited).signal).toBe(11);
    expect(readFileSync(files.account, 'utf8')).toContain(CRASH);
  });

  it('writes down that it stops, and each rung, before it does', async () => {
    const saved: unknown[] = [];
    const save = context.store.save.bind(context.store);
    context.store.save = record => {
      saved.push({ record, isAlive: readProcessIdentity(qemu.pid) !== undefined });
      save(record);
    };
    await startTask().stop(200, 'as-configured');
    const stage = (tried: readonly string[]) => ({ phase: { tag: 'stopping', tried } });
    expect(saved).toMatchObject([
      { isAlive: true, record: { stage: stage([]) } },
      { isAlive: true, record: { stage: stage(['qmp-quit']) } },
      { isAlive: true, record: { stage: stage(['qmp-quit', 'sigkill']) } },
      { isAlive: false, record: { stage: { tag: 'exited', exit: { exitCode: 137, signal: 9 } } } },
    ]);
  });

  it('tells how long a stop took, though the clock was set meanwhile', async () => {
    const save = context.store.save.bind(context.store);
    context.store.save = record => {
      save(record);
      vi.setSystemTime(new Date('2100-01-01'));
    };
    try {
      await startTask().stop(200, 'as-configured');
      const [, seconds] = /stopped by SIGKILL after ([\d.]+) s;/.exec((await nextEvent()) ?? '') ?? [];
      expect(Number(seconds)).toBeLessThan(3_600);
    } finally {
      vi.useRealTimers();
    }
  });

  it('goes on with a stop for which the plugin before it had a cause', async () => {
    const record = runningRecord();
    const cause = { code: 'cloud-init-late', text: 'cloud-init has not finished within 1 s' } as const;
    const phase = {
      tag: 'stopping',
      cause,
      sinceMs: readBootClockMs(),
      deadlineMs: 200,
      wasOff: false,
      tried: ['sigkill'],
    } as const;
    process.kill(qemu.pid, 'SIGKILL');
    const vm = new Vm({ files, wrapper, qemu }, undefined);
    const task = new RunningTask(context, { ...record, stage: { ...record.stage, phase } }, vm);
    expect(await task.exited).toEqual({ exitCode: 110, signal: 0, isOomKilled: false });
    expect(await nextEvent()).toMatch(
      /^VM ended: cloud-init has not finished within 1 s; stopped by SIGKILL/,
    );
    expect(readFileSync(files.account, 'utf8')).toContain('the task fails: cloud-init has not finished');
  });

  it('stops and ends when its record cannot be saved', async () => {
    const task = startTask();
    context.store.save = () => {
      throw new Error('ENOSPC: no space left on device');
    };
    await task.stop(200, 'as-configured');
    expect((await task.exited).exitCode).toBe(137);
    expect(logged).toContain('cannot save the record of a VM');
  });

  it('ends with its VM, and tells how, when nothing more can be written into its state folder', async () => {
    const task = startTask();
    context.store.save = () => {
      throw new Error('ENOSPC: no space left on device');
    };
    mkdirSync(`${files.exitStatus}.new`);
    process.kill(qemu.pid, 'SIGSEGV');
    expect(await task.exited).toMatchObject({ exitCode: 139, signal: 11 });
    expect(await nextEvent()).toBe(CRASH);
  });

  it('ends, and leaves nothing running, though nobody reads the FIFO of its log', async () => {
    signalProcessGroup(wrapper, 'SIGKILL');
    rmSync(files.qemuPid);
    const fifo = join(dir, 'fifo');
    execFileSync('mkfifo', [fifo]);
    // Far more than a FIFO holds.
    writeFileSync(files.console, 'x'.repeat(1024 * 1024));
    await startWrapper(fifo);
    const task = startTask();
    process.kill(qemu.pid, 'SIGSEGV');
    expect(await task.exited).toMatchObject({ exitCode: 139 });
    await task.destroy(false);
    await expect.poll(() => findProcesses(`${files.stateDir}/`)).toEqual([]);
  });

  it('keeps a VM that runs when it is destroyed without force, and says so of one that is with it', async () => {
    const task = startTask();
    await expect(task.destroy(false)).rejects.toThrow('Cannot destroy the task: its VM still runs');
    await task.destroy(true);
    expect(await task.exited).toMatchObject({ exitCode: 137, signal: 9 });
    expect(await nextEvent()).toBe('VM ended: Nomad had it destroyed');
    expect(existsSync(files.stateDir)).toBe(false);
  });
});

describe('EndedTask', () => {
  it('says what the plugin that put the end on record could not say any more, once', async () => {
    const exit = { exitCode: 139, signal: 11, isOomKilled: false };
    const at = new Date(0).toISOString();
    const stage = { tag: 'exited', startedAt: at, completedAt: at, exit, summary: CRASH } as const;
    for (let plugin = 0; plugin < 2; plugin += 1) {
      expect(await new EndedTask(context, { ...runningRecord(), stage }).exited).toEqual(exit);
    }
    expect(readFileSync(files.account, 'utf8').split(CRASH)).toHaveLength(2);
    expect(await nextEvent()).toBe(CRASH);
  });
});
