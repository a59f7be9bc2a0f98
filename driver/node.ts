import { type KvmVerdict, probeKvm } from '../qemu/kvm-probe.ts';
import type { Accelerator } from './config/machine-config.ts';
import { DriverError } from './errors.ts';
import { guessHostCpus, type HostCpus } from './vcpus.ts';

/** Where emulators are looked for. Not the agent's PATH: who can set that could run any program as root. */
export const EMULATOR_FOLDERS: readonly string[] = ['/usr/local/bin', '/usr/bin', '/bin'];

/** Which accelerator a VM gets, and why: the reason is told to the user. */
export interface AcceleratorChoice {
  readonly accelerator: 'kvm' | 'tcg';
  readonly reason: string;
}

/** The node this plugin runs on, as far as it takes effort to know it. */
export class Node {
  /** As the agent describes the node; a guess until it does. */
  hostCpus: HostCpus = guessHostCpus();
  readonly #verdicts = new Map<string, Promise<KvmVerdict>>();

  /** Whether a guest really ran under KVM with this emulator; tried once for each, as it costs up to 3 s. */
  kvm(emulatorPath: string): Promise<KvmVerdict> {
    const known = this.#verdicts.get(emulatorPath);
    if (known !== undefined) return known;
    const verdict = probeKvm(emulatorPath);
    this.#verdicts.set(emulatorPath, verdict);
    return verdict;
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
