import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConsoleUpkeep, describeConsole } from '../../driver/console-upkeep.ts';
import type { TaskRecord } from '../../driver/task-record.ts';
import { buildVmFiles, type VmFiles } from '../../qemu/vm-files.ts';

const MIB = 1024 * 1024;
let dir: string;
let files: VmFiles;
let notes: string[];
let tail: ChildProcess;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'nomad-driver-vm-upkeep-'));
  files = buildVmFiles({ stateRoot: dir, runRoot: dir }, 'key');
  notes = [];
  mkdirSync(files.stateDir);
  writeFileSync(files.console, Buffer.alloc(20 * MIB, 'x'));
  // As the wrapper's, to a log that nobody reads.
  tail = spawn('tail', ['-c', '+1', '-f', `--pid=${process.pid}`, files.console]);
  await once(tail, 'spawn');
});

afterEach(async () => {
  await endTail();
  rmSync(dir, { recursive: true });
});

async function endTail(): Promise<void> {
  if (tail.kill('SIGKILL')) await once(tail, 'exit');
}

/** As much of a task as is looked at. */
function taskOf(stage: 'running' | 'exited') {
  const record = { files, hasLog: true, stage: { tag: stage } } as unknown as TaskRecord;
  return { record, note: (message: string) => notes.push(message) };
}

const allocatedBytes = () => statSync(files.console).blocks * 512;

describe('ConsoleUpkeep', () => {
  it('keeps all that is still to be copied, and says nothing', async () => {
    const upkeep = new ConsoleUpkeep(taskOf('running'));
    for (let look = 0; look < 3; look += 1) await upkeep.look();
    expect(notes).toEqual([]);
    expect(allocatedBytes()).toBeGreaterThan(10 * MIB);
  });

  it('tells once that nothing copies the console any more, and bounds it all the same', async () => {
    const upkeep = new ConsoleUpkeep(taskOf('running'));
    await upkeep.look();
    await endTail();
    for (let look = 0; look < 3; look += 1) await upkeep.look();
    expect(notes).toEqual([expect.stringMatching(/no longer copied to Nomad's log.*restart the task/)]);
    expect(allocatedBytes()).toBeLessThan(MIB);
  });

  it('does not take the tail of a person for the one that copies', async () => {
    await endTail();
    tail = spawn('tail', ['-f', files.console]);
    await once(tail, 'spawn');
    const upkeep = new ConsoleUpkeep(taskOf('running'));
    for (let look = 0; look < 3; look += 1) await upkeep.look();
    expect(notes).toHaveLength(1);
  });

  it('misses nothing after the end of the VM', async () => {
    await endTail();
    const upkeep = new ConsoleUpkeep(taskOf('exited'));
    for (let look = 0; look < 3; look += 1) await upkeep.look();
    expect(notes).toEqual([]);
  });
});

describe('describeConsole()', () => {
  it('says how the console gets to the log, if it does', () => {
    expect(describeConsole({ files, hasLog: true })).toContain("is copied from there to Nomad's log");
    expect(describeConsole({ files, hasLog: false })).toContain('goes nowhere else');
  });
});
