import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readProcessIdentity } from '../../qemu/process-identity.ts';
import type { QmpSession } from '../../qemu/qmp-link.ts';
import type { StopAction, StopRung } from '../../qemu/stop-ladder.ts';
import { reattachVm, type Vm, type VmHandle } from '../../qemu/vm.ts';
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

const STOP = { event: 'STOP', data: {}, timestamp: { seconds: 1, microseconds: 0 } };

/** The name of the first event that is heard; undefined when the connection ends before. */
async function firstEvent(session: QmpSession | undefined): Promise<string | undefined> {
  for await (const { event } of session?.events() ?? []) return event;
  return undefined;
}

async function countSessions(vm: Vm): Promise<number> {
  return (await Array.fromAsync(vm.sessions())).length;
}

describe('reattachVm()', () => {
  it('talks to a qemu that answers', async () => {
    await using qemu = await FakeQmpServer.listen();
    const vm = await reattachVm(handleOf(qemu.path));
    await vm.command('cont', signal);
    vm.close();
  });

  it('finds a qemu later that stalls at first, and hears its events from then on', async () => {
    await using qemu = await FakeQmpServer.listen(answerEmpty, '');
    const vm = await reattachVm(handleOf(qemu.path));
    const sessions = vm.sessions()[Symbol.asyncIterator]();
    const opened = sessions.next();
    await expect(vm.command('cont', signal)).rejects.toThrow('qemu does not answer on its QMP socket');
    qemu.wakeUp();
    const heard = firstEvent((await opened).value);
    await vm.command('cont', signal);
    qemu.send(STOP);
    expect(await heard).toBe('STOP');
    vm.close();
  });

  it('searches no longer than the VM runs', async () => {
    const vm = await reattachVm(handleOf(join(folder, 'none')));
    process.kill('SIGKILL');
    expect(await vm.exit).toEqual({ kind: 'unrecorded' });
    expect(await countSessions(vm)).toBe(0);
    vm.close();
  });

  it('searches no longer than somebody wants the VM', async () => {
    const vm = await reattachVm(handleOf(join(folder, 'none')));
    const sessions = countSessions(vm);
    vm.close();
    expect(await sessions).toBe(0);
  });
});

describe('Vm', () => {
  it.each([
    ['says what is no QMP', (qemu: FakeQmpServer) => qemu.send('garbage\n')],
    ['hangs up', (qemu: FakeQmpServer) => qemu.hangUp()],
  ])('connects anew to a qemu that %s in mid-life, and hears its events from then on', async (_, spoil) => {
    await using qemu = await FakeQmpServer.listen();
    const vm = await reattachVm(handleOf(qemu.path));
    const sessions = vm.sessions()[Symbol.asyncIterator]();
    const first = (await sessions.next()).value;
    const heardFirst = firstEvent(first);
    spoil(qemu);
    expect(await heardFirst).toBeUndefined();
    await expect(vm.command('cont', signal)).rejects.toThrow('qemu does not answer on its QMP socket');
    const heard = firstEvent((await sessions.next()).value);
    await vm.command('cont', signal);
    qemu.send(STOP);
    expect(await heard).toBe('STOP');
    // Its end is still learned from its socket.
    process.kill('SIGKILL');
    qemu.hangUp();
    expect(await vm.exit).toEqual({ kind: 'unrecorded' });
    vm.close();
  });

  it('goes on with a stop when a qemu that hung up can be talked to again', async () => {
    await using qemu = await FakeQmpServer.listen((command, client) => {
      if (command.execute === 'quit') {
        process.kill('SIGKILL');
        client.destroy();
      }
      if (command.execute === 'system_powerdown') client.write('garbage\n');
      return [];
    });
    const vm = await reattachVm(handleOf(qemu.path));
    const tried: StopAction[] = [];
    const ladder: readonly StopRung[] = [
      { action: 'acpi-powerdown', waitUntilMs: 10_000 },
      { action: 'qmp-quit', waitUntilMs: 20_000 },
      { action: 'sigkill', waitUntilMs: 20_000 },
    ];
    await vm.stop(ladder, { onTry: action => tried.push(action), onFailure: () => undefined });
    expect(tried).toEqual(['acpi-powerdown', 'qmp-quit']);
    expect(qemu.commands.map(command => command.execute)).toContain('quit');
    vm.close();
  });
});
