import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VmControl } from '../../driver/vm-control.ts';
import { readProcessIdentity } from '../../qemu/process-identity.ts';
import { connectQmp } from '../../qemu/qmp-connection.ts';
import { reattachVm } from '../../qemu/vm.ts';
import { buildVmFiles } from '../../qemu/vm-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vm-control-real-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A boot sector whose program powers the machine off: bit 13 of the register at port 0x604 of machine "pc". */
function writePowerOffDisk(path: string): void {
  const sector = Buffer.alloc(512);
  sector.set([0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef, 0xf4, 0xeb, 0xfd]);
  sector.set([0x55, 0xaa], 510);
  writeFileSync(path, sector);
}

/** A machine that has not begun to run, and is kept when its guest powers off. */
async function spawnQemu(qmpPath: string) {
  const diskPath = join(folder, 'disk.raw');
  writePowerOffDisk(diskPath);
  const chardev = `socket,id=qmp,path=${qmpPath},server=on,wait=off`;
  const qemu = spawn('qemu-system-x86_64', [
    ...['-nodefaults', '-display', 'none', '-S', '-no-shutdown', '-machine', 'pc,accel=tcg'],
    ...['-drive', `if=ide,format=raw,file=${diskPath}`],
    ...['-chardev', chardev, '-mon', 'chardev=qmp,mode=control'],
  ]);
  await once(qemu, 'spawn');
  return qemu;
}

/** Stands between qemu and its client. */
class Interpreter implements AsyncDisposable {
  readonly #server = createServer(client => this.#serve(client));
  readonly #sockets = new Set<Socket>();
  readonly #qemuPath: string;
  #isMad = false;

  constructor(qemuPath: string, path: string) {
    this.#qemuPath = qemuPath;
    this.#server.listen(path);
  }

  /** Says something that qemu never would, and takes no new client. */
  goMad(): void {
    this.#isMad = true;
    for (const socket of this.#sockets) socket.end('garbage\n');
  }

  recover(): void {
    this.#isMad = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise(resolve => this.#server.close(resolve));
  }

  #serve(client: Socket): void {
    if (this.#isMad) {
      client.destroy();
      return;
    }
    const qemu = createConnection(this.#qemuPath);
    for (const [one, other] of [
      [client, qemu],
      [qemu, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
      one.pipe(other);
    }
    this.#sockets.add(client);
    client.on('close', () => this.#sockets.delete(client));
  }
}

describe('VmControl with real qemu', () => {
  it('holds a guest that powered off while qemu was not understood, and hears it again', async () => {
    const signal = AbortSignal.timeout(25_000);
    const qemuPath = join(folder, 'qemu.sock');
    const child = await spawnQemu(qemuPath);
    try {
      const qemu = readProcessIdentity(child.pid ?? 0);
      if (qemu === undefined) throw new Error('qemu has ended');
      await vi.waitFor(() => connectQmp(qemuPath, { signal }).then(qmp => qmp.close()), { timeout: 10_000 });
      const files = buildVmFiles({ stateRoot: folder, runRoot: folder }, 'vm');
      mkdirSync(files.runDir, { recursive: true });
      await using between = new Interpreter(qemuPath, files.qmpSocket);
      const vm = await reattachVm({ files, wrapper: qemu, qemu });
      const said: string[] = [];
      const say = (message: string) => said.push(message);
      const control = new VmControl({
        vm,
        phase: { tag: 'on' },
        policy: 'hold',
        isGraceful: false,
        hasGuestAgent: false,
        voice: { note: say, emit: say, announce: say, conclude: say },
        save: () => undefined,
      });
      const watching = control.watch();

      between.goMad();
      await vi.waitFor(() => expect(said.join()).toMatch(/Cannot understand qemu .*; trying again/));
      const other = await connectQmp(qemuPath, { signal });
      const events = other.events();
      await other.execute('cont', {}, { signal });
      for await (const { event } of events) if (event === 'STOP') break;
      other.close();
      expect(control.phase.tag).toBe('on');

      between.recover();
      await vi.waitFor(() => expect(control.phase.tag).toBe('held'), { timeout: 10_000 });
      expect(said).toContain('the connection to qemu was lost, and is there again');
      // From now on its events are heard: the guest powers off again.
      await control.powerOn();
      await vi.waitFor(() => expect(said.filter(text => text.includes('VM is held'))).toHaveLength(2), {
        timeout: 10_000,
      });
      await control.stop(5_000);
      await watching;
      expect(await vm.exit).toEqual({ kind: 'unrecorded' });
      expect(vm.shutdownReason).toBe('host-qmp-quit');
      vm.close();
    } finally {
      child.kill('SIGKILL');
    }
  });
});
