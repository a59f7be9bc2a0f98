import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readProcessIdentity } from '../../qemu/process-identity.ts';
import { type ExitFiles, readExitStatus, waitForVmExit } from '../../qemu/vm-exit.ts';

/** qemu does not answer. */
const NO_QMP = { closed: undefined };

let dir: string;
let files: ExitFiles;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nomad-driver-vm-exit-'));
  files = { exitStatus: join(dir, 'exit-status'), spareExitStatus: join(dir, 'spare') };
});

afterEach(() => rmSync(dir, { recursive: true }));

function self() {
  const identity = readProcessIdentity(process.pid);
  if (identity === undefined) throw new Error('this process has no identity');
  return identity;
}

describe('readExitStatus()', () => {
  it('tells exit codes from signals', () => {
    writeFileSync(files.exitStatus, '0\n');
    expect(readExitStatus(files)).toEqual({ kind: 'exited', exitCode: 0 });
    writeFileSync(files.exitStatus, '137\n');
    expect(readExitStatus(files)).toEqual({ kind: 'killed', signal: 9 });
  });

  it('finds what could be recorded only where there was room', () => {
    expect(readExitStatus(files)).toBeUndefined();
    writeFileSync(files.spareExitStatus, '3\n');
    expect(readExitStatus(files)).toEqual({ kind: 'exited', exitCode: 3 });
  });

  it('never takes a damaged file for a success', () => {
    writeFileSync(files.exitStatus, '');
    expect(readExitStatus(files)).toEqual({ kind: 'unrecorded' });
    writeFileSync(files.exitStatus, 'x');
    expect(readExitStatus(files)).toEqual({ kind: 'unrecorded' });
  });
});

describe('waitForVmExit()', () => {
  it('looks for the record only while there is no connection to qemu', async () => {
    writeFileSync(files.exitStatus, '5\n');
    const closed = Promise.withResolvers<void>();
    const vm = { files, wrapper: self() };
    const exit = waitForVmExit(vm, { closed: closed.promise }, new AbortController().signal);
    const first = await Promise.race([exit, Promise.resolve('still waiting')]);
    expect(first).toBe('still waiting');
    closed.resolve();
    expect(await exit).toEqual({ kind: 'exited', exitCode: 5 });
  });

  it('waits on when qemu, which runs, can be talked to again', async () => {
    const closings = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let closing = 0;
    const qmp = {
      get closed() {
        closing += 1;
        return closings[closing - 1]?.promise;
      },
    };
    const vm = { files, wrapper: self() };
    const exit = waitForVmExit(vm, qmp, new AbortController().signal);
    closings[0]?.resolve();
    await vi.waitFor(() => expect(closing).toBe(2));
    writeFileSync(files.exitStatus, '5\n');
    closings[1]?.resolve();
    expect(await exit).toEqual({ kind: 'exited', exitCode: 5 });
  });

  it('says so when the wrapper is gone and left no record', async () => {
    const wrapper = { ...self(), startTicks: 1 };
    const exit = waitForVmExit({ files, wrapper }, NO_QMP, new AbortController().signal);
    expect(await exit).toEqual({ kind: 'unrecorded' });
  });

  it('says so when the host was started anew since', async () => {
    const wrapper = { ...self(), bootId: '00000000-0000-4000-8000-000000000000' };
    const exit = waitForVmExit({ files, wrapper }, NO_QMP, new AbortController().signal);
    expect(await exit).toEqual({ kind: 'host-rebooted' });
  });

  it('stops waiting when told to', async () => {
    const stop = new AbortController();
    const exit = waitForVmExit({ files, wrapper: self() }, NO_QMP, stop.signal);
    stop.abort(new Error('let go'));
    await expect(exit).rejects.toThrow();
  });
});
