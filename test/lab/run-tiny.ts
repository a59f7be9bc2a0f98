import type { DriverLab } from './driver-lab.ts';
import { renderTinyJob, type TinyJob } from './tiny-job.ts';

/** Runs the tiny guest on the LAN, with a seed of its own that holds these commands. */
export async function runTiny(
  lab: DriverLab,
  id: string,
  commands: readonly string[],
  changes: Partial<TinyJob> = {},
): Promise<void> {
  await lab.writeSeed(id, { 'user-data': commands.map(command => `#tiny: ${command}\n`).join('') });
  const config = `
    image = "${lab.tinyImage}"
    network { bridge = "br0" }
    cloud_init { seed = "${id}" }
    ${changes.config ?? ''}`;
  await lab.nomad.run(renderTinyJob({ id, ...changes, config }));
}
