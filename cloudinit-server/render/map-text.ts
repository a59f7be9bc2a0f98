import { isCollection, isMap, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml';

/** A text as a map of keys, or why it is none. */
export type MapText =
  /** Nothing, or comments alone. */
  | { readonly kind: 'empty'; readonly text: string }
  | {
      readonly kind: 'map';
      readonly text: string;
      /** In lines of their own, or in braces. */
      readonly style: 'block' | 'flow';
      /** Of the first key, or of the brace before it. */
      readonly start: number;
      readonly pairs: readonly MapPair[];
      /** What PyYAML makes of it, but for whole numbers, which are exact. */
      readonly value: Readonly<Record<string, unknown>>;
    }
  /** `reason` is a clause such as `it is no map of keys`. */
  | { readonly kind: 'odd'; readonly text: string; readonly reason: string };

/** One key with its value, and where it is in the text. */
export interface MapPair {
  readonly key: string;
  /** Of the key's first character. */
  readonly start: number;
  /** Of the next pair, or the end of the text; what is between is the pair, its comments and blank lines. */
  readonly end: number;
  /** The value if it is a map itself. */
  readonly map: YAMLMap | undefined;
}

/** Bytes of a text that is still merged; more would keep other guests waiting. */
export const MAX_MERGED_BYTES = 64 * 1024;

/** YAML as PyYAML, which cloud-init has, reads it; a key that comes twice is no error there. */
const OPTIONS = { version: '1.1', uniqueKeys: false, intAsBigInt: true, logLevel: 'error' } as const;

/** Reads a text. Never throws, whatever it is. */
export function parseMapText(text: string): MapText {
  const odd = (reason: string) => ({ kind: 'odd', text, reason }) as const;
  if (text.length > MAX_MERGED_BYTES) return odd(`it has more than ${MAX_MERGED_BYTES} bytes`);
  try {
    const document = parseDocument(text, OPTIONS);
    const { contents } = document;
    if (document.errors.length > 0) return odd('its YAML is broken');
    if (contents === null) return { kind: 'empty', text };
    if (!isMap(contents)) return odd('it is no map of keys');
    const value: Readonly<Record<string, unknown>> = { ...document.toJS() };
    const style = contents.flow === true ? 'flow' : 'block';
    const pairs = contents.items.map((pair, index) => readPair(pair, contents.items[index + 1], text));
    const isStrange = pairs.some(
      pair => pair === undefined || (style === 'block' && !beginsLine(text, pair)),
    );
    if (pairs.length === 0 || isStrange) return odd('its keys are no plain words at the beginning of lines');
    const start = contents.range?.[0] ?? 0;
    return { kind: 'map', text, style, start, value, pairs: pairs.filter(pair => pair !== undefined) };
  } catch {
    // An alias to what is not there, or too many of them.
    return odd('its YAML is broken');
  }
}

function readPair(pair: Pair, next: Pair | undefined, text: string): MapPair | undefined {
  const start = startOf(pair);
  const end = next === undefined ? text.length : startOf(next);
  if (!isScalar(pair.key) || typeof pair.key.value !== 'string') return undefined;
  if (start === undefined || end === undefined) return undefined;
  return { key: pair.key.value, start, end, map: isMap(pair.value) ? pair.value : undefined };
}

function startOf({ key }: Pair): number | undefined {
  return isScalar(key) || isCollection(key) ? key.range?.[0] : undefined;
}

function beginsLine(text: string, { start }: MapPair): boolean {
  return start === 0 || text[start - 1] === '\n';
}
