import { renderLocalSeed } from '../../cloudinit-server/client.ts';
import { gatherSeedFiles } from '../cloud-init/gather-files.ts';
import { describeVm } from '../cloud-init/registration-request.ts';
import type { LocalSeed } from '../config/cloud-init-config.ts';
import type { ReportProblem } from '../config/problem.ts';
import type { PreparedSeed, SeedTarget } from './prepared-seed.ts';

/** Makes the seed of a job's own files. Undefined after a reported problem. */
export async function prepareLocalSeed(
  { files: sources, instanceId, deliveryReason }: LocalSeed,
  target: SeedTarget,
  report: ReportProblem,
): Promise<PreparedSeed | undefined> {
  const { request, config, identity } = target;
  const files = await gatherSeedFiles(sources, request.taskDir, report);
  if (files === undefined) return undefined;
  const name = config.name ?? nameOf(request.jobId, request.allocIndex);
  const vm = { ...describeVm(target), instance_id: instanceId, files, identity, name };
  const why = deliveryReason === undefined ? '' : `: ${deliveryReason}`;
  return {
    source: { kind: 'disk', files: await renderLocalSeed(vm) },
    remarks: [`seed on a disk, made by the driver of the job's files${why}`],
  };
}

/** As the seed server calls a VM: after its job, from the second one on with its index. */
function nameOf(job: string, index: number): string {
  const base = job.split('/').at(-1) ?? job;
  return index === 0 ? base : `${base}-${index}`;
}
