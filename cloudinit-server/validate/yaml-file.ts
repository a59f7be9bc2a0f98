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
} from 'yaml';
import { isTemplated } from './template.ts';
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
  uniqueKeys: true,
  prettyErrors: false,
  merge: true,
  logLevel: 'silent',
} as const;

/** Parses a text. Never throws, whatever the text is. */
export function parseYamlFile(text: string): YamlFile {
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
    return {
      value,
      errors,
      locate: (path, at) => locateOffset(findOffset(document, path, at)),
      isTemplated: path => isTemplated(scalarAt(document, path)),
    };
  } catch {
    // Nesting deeper than the stack, or references to references: what a parser cannot take a guest must not get.
    const errors = [
      { line: 1, column: 1, message: 'it is nested too deeply, or refers to itself too often' },
    ];
    return { value: undefined, errors, locate: () => ({ line: 1, column: 1 }), isTemplated: () => false };
  }
}

function findErrors(document: Document.Parsed, text: string, locate: (offset: number) => Position) {
  const all = [
    ...document.errors,
    // PyYAML refuses an unknown type; this parser only warns.
    ...document.warnings.filter(warning => warning.code === 'TAG_RESOLVE_FAILED'),
  ].map(({ code, pos, message }) => ({
    ...locate(pos[0]),
    isFatal: code !== 'DUPLICATE_KEY',
    message: describeYamlError(code, message),
  }));
  // One slip makes the parser stumble over everything after it: the first is the one to cure.
  const fatal = all.find(error => error.isFatal);
  if (fatal !== undefined) return [...all.filter(error => !error.isFatal && error.line < fatal.line), fatal];
  const tab = findTab(document, text);
  const message = 'a tab stands between the words, which cloud-init refuses; use blanks';
  return tab === undefined ? all : [...all, { ...locate(tab), isFatal: true, message }];
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
