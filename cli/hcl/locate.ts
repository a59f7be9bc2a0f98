import type { HclAttribute, HclBlock, HclItem } from './scan.ts';

/** One step down an HCL file: the `index`-th block of this type (and label), or the attribute of this name. */
export interface HclStep {
  readonly name: string;
  readonly label?: string;
  readonly index?: number;
}

/**
 * Finds the line of what a path names. Where the path goes deeper than the file does (a missing option), it is the line
 * of the innermost thing that is there.
 *
 * @returns at least 1.
 */
export function locateLine(items: readonly HclItem[], steps: readonly HclStep[]): number {
  let line = 1;
  let inside: readonly HclItem[] = items;
  for (const { name, label, index } of steps) {
    const found = findItem(inside, name, label, index ?? 0);
    if (found === undefined) return line;
    line = found.line;
    if (found.kind === 'attribute') return found.elementLines[index ?? -1] ?? line;
    inside = found.items;
  }
  return line;
}

/** Where a text begins that an attribute holds. */
export interface ContentPlace {
  /** Of its first line. */
  readonly line: number;
  /** Whether it has lines of the file to itself; else it is in one line, however many it has. */
  readonly isHeredoc: boolean;
}

/** Finds the text that a path names; see {@link locateLine}. */
export function locateContent(items: readonly HclItem[], steps: readonly HclStep[]): ContentPlace {
  const line = locateLine(items, steps);
  const attribute = findAttribute(items, steps);
  const isHeredoc = attribute !== undefined && /^[^\n]*<<-?\s*\w+\s*\n/.test(attribute.text);
  return { line: isHeredoc ? line + 1 : line, isHeredoc };
}

function findAttribute(items: readonly HclItem[], steps: readonly HclStep[]): HclAttribute | undefined {
  const [step, ...rest] = steps;
  if (step === undefined) return undefined;
  const found = findItem(items, step.name, step.label, step.index ?? 0);
  return found?.kind === 'block' ? findAttribute(found.items, rest) : found;
}

/** Turns `config.network[0].mac` into steps. */
export function parseSteps(path: string): readonly HclStep[] {
  return path.split('.').map(part => {
    const { name = part, index } = /^(?<name>.*)\[(?<index>\d+)\]$/.exec(part)?.groups ?? {};
    return index === undefined ? { name } : { name, index: Number(index) };
  });
}

function findItem(
  items: readonly HclItem[],
  name: string,
  label: string | undefined,
  index: number,
): HclItem | undefined {
  const attribute = items.find(item => item.kind === 'attribute' && item.name === name);
  if (attribute !== undefined) return attribute;
  const blocks = items.filter((item): item is HclBlock => item.kind === 'block' && item.type === name);
  return blocks.filter(block => label === undefined || block.labels[0] === label)[index];
}
