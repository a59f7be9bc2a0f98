import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildArguments } from '../../qemu/arguments.ts';
import { buildConfinedCommand } from '../../qemu/confinement.ts';
import { writeSeedSource } from '../../qemu/seed-source.ts';
import { buildVmFiles, type VmFiles } from '../../qemu/vm-files.ts';
import type { VmSpec } from '../../qemu/vm-spec.ts';
import { readGoldenSpecs } from './golden-specs.ts';

/** A network and a mount namespace of the test's own, with a bridge that qemu's helper may use; gone with qemu. */
const OWN_BRIDGE = [
  'unshare',
  '--net',
  '--mount',
  'sh',
  '-ec',
  'mkdir -p /etc/qemu; mount -t tmpfs none /etc/qemu; echo "allow br0" >/etc/qemu/bridge.conf; ip link add br0 type bridge; ip link set lo up; exec "$@"',
  'sh',
];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'arguments, real-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('buildArguments() with real qemu', () => {
  it.each([...readGoldenSpecs()])('%s is accepted', { timeout: 20_000 }, async (_name, golden) => {
    const files = buildVmFiles({ stateRoot: folder, runRoot: folder }, 'vm');
    mkdirSync(files.stateDir);
    const spec: VmSpec = { ...golden, accelerator: 'tcg', disk: createDisk(golden.disk, folder) };
    await writeSeedSource(spec, files);
    const isKvm = golden.accelerator === 'kvm';
    const list = buildArguments(spec, files).map(word => (isKvm && word === 'host' ? 'max' : word));
    const [file = '', ...rest] = [
      ...OWN_BRIDGE,
      ...buildConfinedCommand(spec, [spec.emulatorPath, ...list, '-S']),
    ];
    const qemu = spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    const output = Promise.all([text(qemu.stdout), text(qemu.stderr)]);
    const exit = once(qemu, 'close', { signal: AbortSignal.timeout(15_000) });
    try {
      await Promise.race([exit, quitByQmp(files)]);
      const [status] = await exit;
      expect({ status, output: await output }).toEqual({ status: 0, output: ['', ''] });
    } finally {
      qemu.kill('SIGKILL');
    }
  });
});

function createDisk(disk: VmSpec['disk'], parent: string): VmSpec['disk'] {
  const path = (name: string) => join(parent, name);
  if (disk.kind === 'in-place') {
    execFileSync('qemu-img', ['create', '-q', '-f', disk.imageFormat, path('d,isk'), '1440K']);
    return { ...disk, imagePath: path('d,isk') };
  }
  execFileSync('qemu-img', ['create', '-q', '-f', disk.baseFormat, path('b,ase'), '1M']);
  execFileSync('qemu-img', [
    ...['create', '-q', '-f', 'qcow2', '-F', disk.baseFormat],
    ...['-b', path('b,ase'), path('over,lay')],
  ]);
  return { ...disk, basePath: path('b,ase'), overlayPath: path('over,lay') };
}

/** Says the least that makes qemu end, once its socket is there. */
async function quitByQmp(files: VmFiles): Promise<void> {
  const deadline = AbortSignal.timeout(10_000);
  for (;;) {
    deadline.throwIfAborted();
    const socket = connect(files.qmpSocket);
    const isConnected = await once(socket, 'connect', { signal: deadline }).then(
      () => true,
      () => false,
    );
    if (isConnected) {
      // qemu may reset the connection when it quits.
      socket.on('error', () => {});
      socket.write('{"execute":"qmp_capabilities"}\n{"execute":"quit"}\n');
      socket.resume();
      return;
    }
    await new Promise(resolve => setImmediate(resolve));
  }
}
