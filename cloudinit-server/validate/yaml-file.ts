import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import { maskUses } from '../render/mask-variables.ts';
import { isCircular } from './is-circular.ts';
import { isTemplated } from './template.ts';
import { findUnprintable } from './yaml-characters.ts';
import { findDuplicateKeys } from './yaml-duplicates.ts';
import { describeYamlError } from './yaml-errors.ts';
import type { YamlPath } from './yaml-path.ts';
import { findTab } from './yaml-tabs.ts';

/** Where something is in a text. Both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Why a text is no YAML, or not the YAML that its author sees. */
export interface YamlError extends Position {
  readonly message: string;
}

/** A parsed file. */
export interface YamlFile {
  /** As PyYAML makes it; undefined when the text is no YAML. */
  readonly value: unknown;
  readonly errors: readonly YamlError[];
  /** Where a value, or its key, is; the nearest thing around it where it is not there. */
  locate(path: YamlPath, at: 'key' | 'value'): Position;
  /** Whether only the guest knows what is there. */
  isTemplated(path: YamlPath): boolean;
}

/** YAML 1.1 is what PyYAML reads: 0644 is octal there, "on" a boolean and 12:30 a number. */
const OPTIONS = {
  version: '1.1',
  uniqueKeys: false,
  prettyErrors: false,
  merge: true,
  logLevel: 'error',
} as const;

/** Parses a text. Never throws, whatever the text is. What only the server knows counts as templated. */
export function parseYamlFile(written: string): YamlFile {
  const text = maskUses(written);
  const lineCounter = new LineCounter();
  const locateOffset = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(Math.max(0, Math.min(offset, text.length)));
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  try {
    const document = parseDocument(text, { ...OPTIONS, lineCounter });
    const errors = findErrors(document, text, locateOffset);
    const value: unknown = errors.some(error => error.isFatal)
      ? undefined
      : document.toJS({ maxAliasCount: 100 });
    if (isCircular(value)) return refuse();
    return {
      value,
      errors,
      locate: (path, at) => locateOffset(findOffset(document, path, at)),
      isTemplated: path => isTemplated(scalarAt(document, path)),
    };
  } catch {
    // Nesting deeper than the stack, or references to references: what a parser cannot take a guest must not get.
    return refuse();
  }
}

function refuse(): YamlFile {
  const start = { line: 1, column: 1 };
  const errors = [{ ...start, message: 'it is nested too deeply, or refers to itself; write it out' }];
  return { value: undefined, errors, locate: () => start, isTemplated: () => false };
}

function findErrors(document: Document.Parsed, text: string, locate: (offset: number) => Position) {
  const syntax = [
    ...document.errors,
    // PyYAML refuses an unknown type; this parser only warns.
    ...document.warnings.filter(warning => warning.code === 'TAG_RESOLVE_FAILED'),
  ];
  // One slip makes the parser stumble over everything after it: the first is the one to cure.
  const [first] = syntax;
  const fatal =
    first === undefined
      ? findRefused(document, text, locate)
      : { ...locate(first.pos[0]), isFatal: true, message: describeYamlError(first.code, first.message) };
  if (fatal !== undefined) return [fatal];
  const message = describeYamlError('DUPLICATE_KEY', '');
  return findDuplicateKeys(document).map(offset => ({ ...locate(offset), isFatal: false, message }));
}

/** What this parser takes and PyYAML does not. */
function findRefused(document: Document.Parsed, text: string, locate: (offset: number) => Position) {
  const refused = [
    [findUnprintable(text), 'a control character stands here, which cloud-init refuses anywhere; remove it'],
    [findTab(document, text), 'a tab stands here, which cloud-init refuses; use blanks'],
    [findUndefinedAlias(document), describeYamlError('BAD_ALIAS', '')],
  ] as const;
  for (const [offset, message] of refused) {
    if (offset !== undefined) return { ...locate(offset), isFatal: true, message };
  }
  return undefined;
}

function findUndefinedAlias(document: Document.Parsed): number | undefined {
  const anchors = new Set<string>();
  let offset: number | undefined;
  visit(document, {
    Node: (_key, node) => {
      if (!isAlias(node)) {
        if (node.anchor) anchors.add(node.anchor);
        return undefined;
      }
      if (anchors.has(node.source)) return undefined;
      offset = node.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return offset;
}

function findOffset(document: Document.Parsed, path: YamlPath, at: 'key' | 'value'): number {
  const { key, value } = find(document, path);
  const node = at === 'key' ? (key ?? value) : (value ?? key);
  return node?.range?.[0] ?? 0;
}

function scalarAt(document: Document.Parsed, path: YamlPath): unknown {
  const { value } = find(document, path);
  return isScalar(value) ? value.value : undefined;
}

/** The deepest node on the path that exists, with the key it has. */
function find(document: Document.Parsed, path: YamlPath) {
  let key: Node | undefined;
  let value: Node | undefined = document.contents ?? undefined;
  for (const segment of path) {
    const parent = isAlias(value) ? value.resolve(document) : value;
    if (isMap(parent)) {
      // Of two equal keys the guest takes the last.
      const pair = parent.items.findLast(({ key }) => isScalar(key) && String(key.value) === String(segment));
      if (pair === undefined) break;
      key = isNode(pair.key) ? pair.key : undefined;
      value = isNode(pair.value) ? pair.value : undefined;
    } else if (isSeq(parent)) {
      const item = parent.items[Number(segment)];
      if (!isNode(item)) break;
      key = undefined;
      value = item;
    } else break;
  }
  return { key, value };
}
