import type { ChosenDelivery } from './cloud-init-delivery.ts';
import type { OptionValues } from './option.ts';
import type { ReportProblem } from './problem.ts';
import type { CLOUD_INIT_BLOCK } from './task-blocks.ts';

/** Reports what cannot be had from a server that does not know the VM. */
export function checkUnregistered(
  block: OptionValues<(typeof CLOUD_INIT_BLOCK)['options']>,
  { delivery, reason }: ChosenDelivery,
  { seed, hasFiles }: { readonly seed: string | undefined; readonly hasFiles: boolean },
  report: ReportProblem,
): void {
  const why = reason === undefined ? '' : ` (${reason})`;
  if (delivery === 'disk' && seed !== undefined) {
    report(
      'config.cloud_init.seed',
      `"${seed}" cannot be put on a disk${why}, as this node has no way to read the server's seeds; set cloudinit_api in the plugin's config, or give the files, such as user_data = "local/user-data"`,
    );
  }
  if (delivery === 'http' && hasFiles) {
    report(
      'config.cloud_init.delivery',
      'must be "disk" for files of the job on this node; write delivery = "disk", or set cloudinit_api in the plugin\'s config to have the seed server give them out',
    );
  }
  if (delivery === 'http' && block.instance_id !== undefined) {
    report(
      'config.cloud_init.instance_id',
      "counts for seeds that are the VM's own; remove it, or set cloudinit_api in the plugin's config",
    );
  }
  if (block.must_finish_within !== undefined) {
    report(
      'config.cloud_init.must_finish_within',
      "cannot be kept, as nobody tells this node how cloud-init gets on; remove it, or set cloudinit_api in the plugin's config",
    );
  }
}
