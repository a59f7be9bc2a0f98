import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { abortable } from './abortable.ts';
import { CHILD_ENVIRONMENT } from './child-environment.ts';
import { readMessage } from './error-message.ts';
import { buildKvmProbeImage, KVM_PROBE_STAGES, KVM_PROBE_SUCCESS } from './kvm-probe-program.ts';

/** Whether guests run under KVM here. */
export type KvmVerdict = { readonly works: true } | { readonly works: false; readonly reason: string };

/** How to probe. */
export interface KvmProbeOptions {
  readonly signal?: AbortSignal;
  /** The probe itself can be tried with `tcg`. @default {'kvm'} */
  readonly accelerator?: 'kvm' | 'tcg';
  /** @default {3_000} */
  readonly timeoutMs?: number;
}

/** A healthy host needs some 60 ms. */
const TIMEOUT_MS = 3_000;
const KILLED_MS = 1_000;
const MAX_OUTPUT_CHARACTERS = 4_096;

/**
 * Runs a tiny guest under KVM, through every processor mode that a kernel uses. A `/dev/kvm` that opens, and even a
 * guest in real mode, prove nothing: there are hosts where everything after that hangs.
 *
 * @param emulatorPath an x86 emulator; there is no probe for others.
 * @throws the signal's reason; everything else is a verdict.
 */
export async function probeKvm(emulatorPath: string, options: KvmProbeOptions = {}): Promise<KvmVerdict> {
  options.signal?.throwIfAborted();
  if (!/^qemu-(system-(x86_64|i386)|kvm)$/.test(basename(emulatorPath))) {
    return broken(`there is no KVM probe for "${basename(emulatorPath)}", only for x86`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'kvm-probe-'));
  try {
    const imagePath = join(folder, 'probe.bin');
    await writeFile(imagePath, buildKvmProbeImage());
    return await runProbe(emulatorPath, imagePath, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runProbe(
  emulatorPath: string,
  imagePath: string,
  options: KvmProbeOptions,
): Promise<KvmVerdict> {
  const { signal, accelerator = 'kvm', timeoutMs = TIMEOUT_MS } = options;
  const args = buildProbeArguments(accelerator, imagePath);
  // qemu stays paused for ever where KVM fails, so it must not outlive a plugin that is killed meanwhile.
  const command = ['--pdeathsig', 'KILL', '--', emulatorPath, ...args];
  const qemu = spawn('setpriv', command, { stdio: ['ignore', 'pipe', 'pipe'], env: CHILD_ENVIRONMENT });
  const closed = once(qemu, 'close');
  // When qemu cannot be started at all, the watch below tells.
  closed.catch(() => undefined);
  const timeout = AbortSignal.timeout(timeoutMs);
  const progress = { stages: '', errors: '' };
  try {
    const watch = watchProbe(qemu, progress);
    return await abortable(watch, signal === undefined ? timeout : AbortSignal.any([signal, timeout]));
  } catch (error) {
    signal?.throwIfAborted();
    if (timeout.aborted)
      return broken(`the probe guest hung for ${timeoutMs} ms ${renderStage(progress.stages)}`);
    return broken(`qemu could not be run: ${readMessage(error)}`);
  } finally {
    qemu.kill('SIGKILL');
    // A qemu stuck in the kernel may take longer to die; nobody needs to wait for that.
    await abortable(closed, AbortSignal.timeout(KILLED_MS)).catch(() => undefined);
  }
}

/** The processor is the one that VMs get, as the fault may be there. */
function buildProbeArguments(accelerator: 'kvm' | 'tcg', imagePath: string): readonly string[] {
  return [
    ...['-accel', accelerator, '-cpu', accelerator === 'kvm' ? 'host' : 'max', '-machine', 'q35', '-m', '16'],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-bios', imagePath],
    ...['-device', 'isa-debug-exit,iobase=0xf4,iosize=0x04', '-debugcon', 'stdio'],
  ];
}

function watchProbe(
  qemu: ChildProcessByStdio<null, Readable, Readable>,
  progress: { stages: string; errors: string },
): Promise<KvmVerdict> {
  const verdict = Promise.withResolvers<KvmVerdict>();
  qemu.stdout.setEncoding('latin1').on('data', (text: string) => {
    progress.stages = `${progress.stages}${text}`.slice(-MAX_OUTPUT_CHARACTERS);
  });
  qemu.stderr.setEncoding('utf8').on('data', (text: string) => {
    progress.errors = `${progress.errors}${text}`.slice(0, MAX_OUTPUT_CHARACTERS);
    // qemu does not end then: it stays paused for ever.
    const fault = /^.*(KVM internal error|entry failed).*$/m.exec(progress.errors)?.[0];
    if (fault !== undefined) verdict.resolve(broken(`${fault} ${renderStage(progress.stages)}`));
  });
  qemu.on('error', verdict.reject);
  qemu.on('close', (code, signal) => {
    if (code === KVM_PROBE_SUCCESS) verdict.resolve({ works: true });
    const firstLine = progress.errors.split('\n', 1)[0] ?? '';
    verdict.resolve(broken(firstLine === '' ? `qemu ended with ${signal ?? `status ${code}`}` : firstLine));
  });
  return verdict.promise;
}

function renderStage(stages: string): string {
  const last = [...stages].findLast(digit => KVM_PROBE_STAGES.has(digit));
  return last === undefined
    ? 'before its first instruction'
    : `after it entered ${KVM_PROBE_STAGES.get(last)}`;
}

function broken(reason: string): KvmVerdict {
  return { works: false, reason };
}
