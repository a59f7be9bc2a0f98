import type { SeedFile } from '../../cloudinit-server/seed-files.ts';
import { seedFilePath } from '../../driver/config/cloud-init-files.ts';
import { locateContent, parseSteps } from '../hcl/locate.ts';
import { toBlocks } from '../hcl/record.ts';
import type { VmTask } from './vm-task.ts';

/** A cloud-init file that is written in a job. */
export interface SeedText {
  readonly file: SeedFile;
  /** Which option it stands in. */
  readonly path: string;
  /** What only Nomad knows is a variable of ours in it. */
  readonly text: string;
  /** The line of the job file that one of the text is on; both count from 1. */
  readonly lineOf: (line: number) => number;
}

/** Stands for what only Nomad knows: a value that may be anything, as the check of seeds takes it. */
const STAND_IN = '@{vm.name}';

/**
 * A cloud-init file as a job writes it, into the option itself or into the `template` that makes the file which the
 * option names. Undefined where it is elsewhere, or where only Nomad knows which lines it has.
 */
export function findSeedText(task: VmTask, file: SeedFile): SeedText | undefined {
  const path = seedFilePath(file);
  const [block = {}] = toBlocks(task.config['cloud_init']);
  const value = block[path.split('.').at(-1) ?? ''];
  if (typeof value !== 'string') return undefined;
  if (value.includes('\n')) return describe(task, file, path, replaceReferences(value));
  const index = task.templates.findIndex(({ destination }) => trim(destination) === trim(value));
  const template = task.templates[index];
  if (typeof template?.['data'] !== 'string') return undefined;
  const { left_delimiter: left = '{{', right_delimiter: right = '}}' } = template;
  const text = replaceActions(template['data'], String(left), String(right));
  return text === undefined
    ? undefined
    : describe(task, file, `template[${index}].data`, replaceReferences(text));
}

function describe(task: VmTask, file: SeedFile, path: string, text: string): SeedText {
  const { line, isHeredoc } = locateContent(task.file.items, [...task.steps, ...parseSteps(path)]);
  return { file, path, text, lineOf: inText => (isHeredoc ? line + inText - 1 : line) };
}

/** `./local/x` and `local/x` are one file of the task. */
function trim(path: unknown): string {
  return String(path).replace(/^\.?\/+/, '');
}

function replaceReferences(text: string): string {
  return text.replace(/[$%]\{[^}\n]*\}/g, STAND_IN);
}

/** Undefined where an action decides which lines there are: a line of nothing but actions is one. */
function replaceActions(text: string, left: string, right: string): string | undefined {
  const lines = text.split('\n').map(line => {
    const [first = '', ...others] = line.split(left);
    const rests = others.map(other => other.split(right).slice(1).join(right));
    const isAction = others.length > 0 && [first, ...rests].join('').trim() === '';
    return isAction ? undefined : [first, ...rests].join(STAND_IN);
  });
  return lines.every(line => line !== undefined) ? lines.join('\n') : undefined;
}
