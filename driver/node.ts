import { readBinarySignature } from '../qemu/binary-signature.ts';
import { readEmulatorVersion } from '../qemu/emulators.ts';
import { QemuError } from '../qemu/errors.ts';
import { type KvmVerdict, probeKvm } from '../qemu/kvm-probe.ts';
import { readMachineTypes } from '../qemu/machine-types.ts';
import type { Accelerator } from './config/machine-config.ts';
import { DriverError } from './errors.ts';
import type { EmulatorFact } from './fingerprint/facts.ts';
import { guessHostCpus, type HostCpus } from './vcpus.ts';

/** Where emulators are looked for. Not the agent's PATH: who can set that could run any program as root. */
export const EMULATOR_FOLDERS: readonly string[] = ['/usr/local/bin', '/usr/bin', '/bin'];

/** A loaded node may take long to start even a program that prints one line. */
const ASK_EMULATOR_MS = 10_000;
const DOUBT_MS = 10 * 60_000;

/** Which accelerator a VM gets, and why: the reason is told to the user. */
export interface AcceleratorChoice {
  readonly accelerator: 'kvm' | 'tcg';
  readonly reason: string;
}

/** The node this plugin runs on, as far as it takes effort to know it. */
export class Node {
  /** As the agent describes the node; a guess until it does. */
  hostCpus: HostCpus = guessHostCpus();
  // A loaded node may be too slow for the probe; a node whose guests hang shall not burn 3 s at every look.
  readonly #verdicts = new Tried<KvmVerdict>(verdict =>
    !verdict.works && /hung/.test(verdict.reason) ? DOUBT_MS : Number.POSITIVE_INFINITY,
  );
  readonly #emulators = new Tried<EmulatorFact>(({ works }) => (works ? Number.POSITIVE_INFINITY : 0));

  /**
   * Whether a guest really ran under KVM with this emulator. As it costs up to 3 s, it is tried again only once emulator,
   * /dev/kvm or the boot is another.
   */
  kvm(emulatorPath: string): Promise<KvmVerdict> {
    return this.#verdicts.get(emulatorPath, () => probeKvm(emulatorPath));
  }

  /** Version and machines of an emulator; asked again after an upgrade. */
  emulator(emulatorPath: string): Promise<EmulatorFact> {
    return this.#emulators.get(emulatorPath, () => askEmulator(emulatorPath));
  }

  /**
   * Chooses what runs the guest's instructions.
   *
   * @throws DriverError `node-unfit` when the job insists on KVM and a guest cannot run under it here.
   */
  async chooseAccelerator(wanted: Accelerator, emulatorPath: string): Promise<AcceleratorChoice> {
    if (wanted === 'tcg') return { accelerator: 'tcg', reason: 'accelerator in the job' };
    const verdict = await this.kvm(emulatorPath);
    if (verdict.works) return { accelerator: 'kvm', reason: 'a probe guest ran under KVM' };
    if (wanted === 'auto') return { accelerator: 'tcg', reason: `KVM does not work here: ${verdict.reason}` };
    throw new DriverError(
      'node-unfit',
      `Cannot start the VM: config.accelerator is "kvm", but KVM does not work on this node: ${verdict.reason}; write accelerator = "auto", or run it elsewhere`,
    );
  }
}

/** What was found out about a binary by running it; one answer is kept for each path. */
class Tried<T> {
  readonly #keepMs: (answer: T) => number;
  readonly #answers = new Map<string, Attempt<T>>();

  /** @param keepMs how long an answer about an unchanged binary holds. */
  constructor(keepMs: (answer: T) => number) {
    this.#keepMs = keepMs;
  }

  async get(path: string, attempt: () => Promise<T>): Promise<T> {
    const signature = await readBinarySignature(path);
    const known = this.#answers.get(path);
    if (known?.signature === signature && performance.now() < known.validUntilMs) return known.answer;
    const begun: Attempt<T> = { signature, answer: attempt(), validUntilMs: Number.POSITIVE_INFINITY };
    this.#answers.set(path, begun);
    try {
      const answer = await begun.answer;
      begun.validUntilMs = performance.now() + this.#keepMs(answer);
      return answer;
    } catch (error) {
      // It could not even be tried.
      begun.validUntilMs = 0;
      throw error;
    }
  }
}

interface Attempt<T> {
  readonly signature: string;
  readonly answer: Promise<T>;
  validUntilMs: number;
}

async function askEmulator(path: string): Promise<EmulatorFact> {
  const signal = AbortSignal.timeout(ASK_EMULATOR_MS);
  try {
    const [version, machines] = await Promise.all([
      readEmulatorVersion(path, { signal }),
      readMachineTypes(path, signal),
    ]);
    return { works: true, version, machines };
  } catch (error) {
    if (!(error instanceof QemuError)) throw error;
    return { works: false, reason: error.message };
  }
}
