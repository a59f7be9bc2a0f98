import type { HclBlock, HclItem } from './scan.ts';

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
