import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectQmp, QmpCommandError, type QmpConnection } from '../../qemu/qmp-connection.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'qmp-real-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A machine without a disk, stopped before its first instruction. */
function spawnQemu(path: string) {
  const monitor = [
    '-chardev',
    `socket,id=qmp,path=${path},server=on,wait=off`,
    '-mon',
    'chardev=qmp,mode=control',
  ];
  return spawn('qemu-system-x86_64', [
    '-nodefaults',
    '-display',
    'none',
    '-S',
    '-machine',
    'pc,accel=tcg',
    ...monitor,
  ]);
}

async function connectWhenReady(path: string, signal: AbortSignal): Promise<QmpConnection> {
  for (;;) {
    try {
      return await connectQmp(path, { signal });
    } catch (error) {
      signal.throwIfAborted();
      if (
        !(
          error instanceof Error &&
          'code' in error &&
          ['ENOENT', 'ECONNREFUSED'].includes(String(error.code))
        )
      )
        throw error;
      await delay(5, undefined, { signal });
    }
  }
}

describe('QmpConnection with real qemu', () => {
  it('negotiates, asks, hears events and sees qemu quit', { timeout: 20_000 }, async () => {
    const path = join(folder, 'qmp.sock');
    const signal = AbortSignal.timeout(15_000);
    const qemu = spawnQemu(path);
    try {
      const exit = once(qemu, 'exit', { signal });
      const qmp = await connectWhenReady(path, signal);
      await expect(connectQmp(path, { signal, timeoutMs: 100 })).rejects.toMatchObject({
        name: 'TimeoutError',
      });
      const events = (async () => {
        const names: string[] = [];
        for await (const { event, data } of qmp.events()) names.push(`${event} ${data['reason'] ?? ''}`);
        return names;
      })();
      const status = { running: false, status: 'prelaunch' };
      const answers = await Promise.all([
        qmp.execute('query-status', {}, { signal }),
        qmp.execute('query-qmp-schema', {}, { signal }),
        qmp.execute('query-balloon', {}, { signal }).catch((error: unknown) => error),
        qmp.execute('no-such-command', {}, { signal }).catch((error: unknown) => error),
      ]);
      expect(answers[0]).toMatchObject(status);
      expect(answers[1]).toBeInstanceOf(Array);
      expect(answers[2]).toMatchObject({ errorClass: 'DeviceNotActive' });
      expect(answers[3]).toBeInstanceOf(QmpCommandError);
      expect(answers[3]).toMatchObject({ errorClass: 'CommandNotFound' });
      await qmp.execute('cont', {}, { signal });
      await qmp.execute('quit', {}, { signal });
      expect(await qmp.closed).toBeUndefined();
      expect(await events).toEqual(expect.arrayContaining(['RESUME ', 'SHUTDOWN host-qmp-quit']));
      expect(await exit).toEqual([0, null]);
    } finally {
      qemu.kill('SIGKILL');
    }
  });
});
