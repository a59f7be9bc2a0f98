import { HclSyntaxError } from './hcl-syntax-error.ts';
import { HclScanner } from './scanner.ts';

/** Where the blocks and attributes of an HCL file stand; hcl2-parser gives values only. Lines count from 1. */
export type HclItem = HclBlock | HclAttribute;

export interface HclBlock {
  readonly kind: 'block';
  readonly type: string;
  readonly labels: readonly string[];
  readonly line: number;
  readonly endLine: number;
  readonly text: string;
  readonly items: readonly HclItem[];
}

export interface HclAttribute {
  readonly kind: 'attribute';
  readonly name: string;
  readonly line: number;
  readonly text: string;
  /** The lines on which the elements of a list begin; empty for other values. */
  readonly elementLines: readonly number[];
}

/**
 * Finds the blocks and attributes of an HCL file, minding comments, strings, templates and heredocs.
 *
 * @throws {HclSyntaxError} where brackets or quotes do not close, or a line is neither block nor attribute.
 */
export function scanHcl(text: string): readonly HclItem[] {
  const scanner = new HclScanner(text);
  return readBody(scanner, undefined);
}

function readBody(
  scanner: HclScanner,
  opened: { readonly line: number; readonly name: string } | undefined,
): readonly HclItem[] {
  const items: HclItem[] = [];
  for (;;) {
    scanner.skipBlanks();
    if (scanner.isAtEnd()) {
      if (opened === undefined) return items;
      throw new HclSyntaxError(
        opened.line,
        `the block "${opened.name}" that begins here is never closed; add the missing "}"`,
      );
    }
    if (scanner.take('}')) {
      if (opened !== undefined) return items;
      throw new HclSyntaxError(
        scanner.line,
        'this "}" closes nothing; remove it, or add the "{" that it belongs to',
      );
    }
    items.push(readItem(scanner));
  }
}

function readItem(scanner: HclScanner): HclItem {
  const { line, position } = scanner;
  const name = scanner.takeName();
  if (name === undefined) throw unexpected(scanner, 'write "name = value" or a block "name { … }"');
  const labels: string[] = [];
  for (;;) {
    scanner.skipSpaces();
    if (labels.length === 0 && scanner.takeEquals()) {
      const elementLines = scanner.skipExpression();
      return { kind: 'attribute', name, line, text: scanner.textFrom(position), elementLines };
    }
    if (scanner.take('{')) {
      const items = readBody(scanner, { line, name });
      return {
        kind: 'block',
        type: name,
        labels,
        line,
        endLine: scanner.line,
        text: scanner.textFrom(position),
        items,
      };
    }
    const label = scanner.takeLabel();
    if (label === undefined) throw unexpected(scanner, `after "${name}" comes "=" or "{"`);
    labels.push(label);
  }
}

function unexpected(scanner: HclScanner, wanted: string): HclSyntaxError {
  return new HclSyntaxError(scanner.line, `${scanner.describeNext()} is not expected here; ${wanted}`);
}
