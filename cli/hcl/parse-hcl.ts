import { HclSyntaxError } from './hcl-syntax-error.ts';
import { type HclBlock, type HclItem, scanHcl } from './scan.ts';

/** An HCL file: what it says and where. */
export interface HclFile {
  /** hcl2-parser's object: labels become keys, blocks lists, and what it cannot evaluate `${…}` text. */
  readonly value: Readonly<Record<string, unknown>>;
  readonly items: readonly HclItem[];
}

/**
 * Parses HCL 2 text.
 *
 * @throws {HclSyntaxError} with the line of the smallest piece that is not HCL.
 */
export async function parseHcl(text: string): Promise<HclFile> {
  const items = scanHcl(text);
  const evaluate = await loadEvaluator();
  const value = evaluate(text);
  if (value === undefined) throw findFault(items, undefined, evaluate);
  return { value, items };
}

/** Undefined for text that is not HCL. */
type Evaluate = (text: string) => Readonly<Record<string, unknown>> | undefined;

/** hcl2-parser is 4 MB of compiled Go that only commands for job files need: not the plugin, nor the seed server. */
async function loadEvaluator(): Promise<Evaluate> {
  const { default: hcl2Parser } = await import('hcl2-parser');
  return text => {
    // It answers with null for what it cannot read, and never says why or where. It has no types of its own.
    const [value]: readonly unknown[] = hcl2Parser.parseToObject(`${text}\n`);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  };
}

/** Parses ever smaller pieces on their own, until one fails that has no failing part. */
function findFault(
  items: readonly HclItem[],
  block: HclBlock | undefined,
  evaluate: Evaluate,
): HclSyntaxError {
  const broken = items.find(item => evaluate(item.text) === undefined);
  if (broken?.kind === 'block') return findFault(broken.items, broken, evaluate);
  if (broken !== undefined)
    return new HclSyntaxError(broken.line, `the value of "${broken.name}" is not valid HCL`);
  return describeBlockFault(items, block);
}

function describeBlockFault(items: readonly HclItem[], block: HclBlock | undefined): HclSyntaxError {
  const names = new Map<string, number>();
  for (const item of items) {
    const name = item.kind === 'attribute' ? item.name : undefined;
    const first = name === undefined ? undefined : names.get(name);
    if (first !== undefined)
      return new HclSyntaxError(item.line, `"${name}" is already set in line ${first}; keep one of the two`);
    if (name !== undefined) names.set(name, item.line);
  }
  const lines = items.map(item => item.line);
  const crowded = lines.find(
    (line, index) => line === lines[index + 1] || (line === block?.line && items.length > 1),
  );
  if (crowded !== undefined) {
    return new HclSyntaxError(
      crowded,
      'more than one thing in a line; a block in one line can hold one "name = value", so put each on its own line',
    );
  }
  return new HclSyntaxError(
    block?.line ?? 1,
    `${block === undefined ? 'the file' : `the block "${block.type}" that begins here`} is not valid HCL`,
  );
}
