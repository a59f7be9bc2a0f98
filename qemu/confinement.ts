import { needsBridgeHelper } from './bridge-helper-need.ts';
import type { VmSpec } from './vm-spec.ts';

/**
 * Puts `setpriv` before a command, so that qemu and whatever it starts can never hold more than it needs, even as root.
 *
 * - `dac_override` stays: images and overlays may belong to the job's user.
 * - `net_admin` stays only for a VM on a bridge, or with network options of its own: qemu's bridge helper makes and attaches the tap with it.
 * - `--no-new-privs`: a setuid program started from here gains nothing. (So a setuid bridge helper works for nobody
 *   but root, who does not need the bit.)
 *
 * @param command absolute path of the emulator, then its arguments.
 */
export function buildConfinedCommand(
  spec: Pick<VmSpec, 'nics' | 'extraArguments'>,
  command: readonly string[],
): readonly string[] {
  const capabilities = ['-all', ...(needsBridgeHelper(spec) ? ['+net_admin'] : []), '+dac_override'];
  return [
    'setpriv',
    `--bounding-set=${capabilities.join(',')}`,
    '--inh-caps=-all',
    '--ambient-caps=-all',
    '--no-new-privs',
    '--',
    ...command,
  ];
}
