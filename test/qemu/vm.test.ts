import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readProcessIdentity } from '../../qemu/process-identity.ts';
import { reattachVm, type VmHandle } from '../../qemu/vm.ts';
import { buildVmFiles } from '../../qemu/vm-files.ts';
import { answerEmpty, FakeQmpServer } from '../fakes/qmp-server.ts';

const signal = AbortSignal.timeout(20_000);

let folder: string;
let process: ChildProcess;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vm-test-'));
  process = spawn('sleep', ['1000'], { stdio: 'ignore' });
  await once(process, 'spawn');
});
afterEach(() => {
  process.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** A VM whose process runs, and whose QMP socket is somewhere else. */
function handleOf(qmpSocket: string): VmHandle {
  const files = { ...buildVmFiles({ stateRoot: folder, runRoot: folder }, 'vm'), qmpSocket };
  mkdirSync(files.stateDir);
  const identity = readProcessIdentity(process.pid ?? 0);
  if (identity === undefined) throw new Error('the process has no identity');
  return { files, wrapper: identity, qemu: identity };
}

describe('reattachVm()', () => {
  it('talks to a qemu that answers', async () => {
    await using qemu = await FakeQmpServer.listen();
    const vm = await reattachVm(handleOf(qemu.path));
    await vm.monitored;
    await vm.command('cont', signal);
    vm.close();
  });

  it('finds a qemu later that stalls at first, and hears its events from then on', async () => {
    await using qemu = await FakeQmpServer.listen(answerEmpty, '');
    const vm = await reattachVm(handleOf(qemu.path));
    const events = vm.events();
    const first = events.next();
    await expect(vm.command('cont', signal)).rejects.toThrow('qemu does not answer on its QMP socket');
    qemu.wakeUp();
    await vm.monitored;
    await vm.command('cont', signal);
    qemu.send({ event: 'STOP', data: {}, timestamp: { seconds: 1, microseconds: 0 } });
    expect((await first).value).toMatchObject({ event: 'STOP' });
    vm.close();
  });

  it('searches no longer than the VM runs', async () => {
    const vm = await reattachVm(handleOf(join(folder, 'none')));
    process.kill('SIGKILL');
    expect(await vm.exit).toEqual({ kind: 'unrecorded' });
    await vm.monitored;
    expect((await vm.events().next()).done).toBe(true);
    vm.close();
  });

  it('searches no longer than somebody wants the VM', async () => {
    const vm = await reattachVm(handleOf(join(folder, 'none')));
    vm.close();
    await vm.monitored;
  });
});
