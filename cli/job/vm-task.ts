import type { Personality } from '../../driver/config/personality.ts';
import type { HclStep } from '../hcl/locate.ts';
import { toBlocks, toRecord } from '../hcl/record.ts';
import type { JobFile } from './job-file.ts';

/** A task of a job file that is a VM: its driver is `vm` or `qemu`. */
export interface VmTask {
  readonly file: JobFile;
  /** Leads to the task's block. */
  readonly steps: readonly HclStep[];
  /** Leads to the group's block; to the job's where the task has no group. */
  readonly groupSteps: readonly HclStep[];
  readonly namespace: string;
  readonly jobId: string;
  readonly jobType: string;
  readonly group: string;
  readonly task: string;
  readonly personality: Personality;
  /** As parsed, variables put in. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Its `template` blocks, the same way. */
  readonly templates: readonly Readonly<Record<string, unknown>>[];
  /** How many allocations the group has; undefined when only Nomad knows. */
  readonly count: number | undefined;
  readonly killTimeout: unknown;
  readonly killSignal: unknown;
  readonly canaries: unknown;
  /** What the constraints of job, group and task are about, such as `${node.unique.name}`. */
  readonly constrained: readonly string[];
}

type Block = Readonly<Record<string, unknown>>;

/** Finds the VMs of a job file. @param namespace what holds where the job names none. */
export function findVmTasks(file: JobFile, namespace: string): readonly VmTask[] {
  return labelled(file.value.job, 'job').flatMap(({ block: job, label: jobId, step }) => {
    const common = {
      file,
      namespace: textOr(job.namespace, namespace),
      jobId,
      jobType: textOr(job.type, 'service'),
    };
    const update = (block: Block) => toBlocks(block.update)[0]?.canary ?? toBlocks(job.update)[0]?.canary;
    const grouped = labelled(job.group, 'group').flatMap(group => {
      const groupSteps = [step, group.step];
      const around = [...readConstraints(job), ...readConstraints(group.block)];
      const facts = {
        ...common,
        group: group.label,
        count: readCount(group.block.count),
        canaries: update(group.block),
      };
      return readTasks(group.block, groupSteps, around).map(task => ({ ...facts, groupSteps, ...task }));
    });
    // Nomad puts a task that stands directly in the job into a group of its own name.
    const alone = readTasks(job, [step], readConstraints(job)).map(task => {
      return { ...common, group: task.task, count: 1, canaries: update({}), groupSteps: [step], ...task };
    });
    return [...grouped, ...alone];
  });
}

/** @param around the constraints of the blocks around the task */
function readTasks(parent: Block, parentSteps: readonly HclStep[], around: readonly string[]) {
  return labelled(parent.task, 'task').flatMap(({ block, label, step }) => {
    const personality = block.driver;
    if (personality !== 'vm' && personality !== 'qemu') return [];
    return [
      {
        steps: [...parentSteps, step],
        task: label,
        personality,
        config: toBlocks(block.config)[0] ?? {},
        templates: toBlocks(block.template),
        killTimeout: block.kill_timeout,
        killSignal: block.kill_signal,
        constrained: [...around, ...readConstraints(block)],
      } as const,
    ];
  });
}

function readConstraints(block: Block): readonly string[] {
  return toBlocks(block.constraint).map(({ attribute }) => textOr(attribute, ''));
}

function labelled(value: unknown, name: string) {
  return Object.entries(toRecord(value)).flatMap(([label, blocks]) =>
    toBlocks(blocks).map((block, index) => ({ block, label, step: { name, label, index } })),
  );
}

function readCount(count: unknown): number | undefined {
  if (count === undefined) return 1;
  const number = typeof count === 'string' && /^\d+$/.test(count) ? Number(count) : count;
  return typeof number === 'number' ? number : undefined;
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === 'string' ? value : fallback;
}
