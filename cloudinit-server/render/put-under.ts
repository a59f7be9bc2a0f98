import { isDeepStrictEqual } from 'node:util';
import { stringify, type YAMLMap } from 'yaml';
import { type MapPair, type MapText, parseMapText } from './map-text.ts';

/** Two maps as one text, or why they stay two. */
export type Merged =
  | { readonly kind: 'merged'; readonly text: string }
  /** `reason` is a clause about the layer that is to blame. */
  | { readonly kind: 'refused'; readonly layer: 'stronger' | 'weaker'; readonly reason: string };

type ParsedMap = Extract<MapText, { kind: 'map' }>;

/**
 * Adds the keys that a stronger text lacks from a weaker one. The stronger text stays as it is, to the byte, and so do
 * the weaker's keys where both are written in lines: no YAML library's idea of a value comes between author and guest.
 * The result is read again and compared before it is given out.
 *
 * @param joined keys whose values are maps of things that don't know each other: those of both are kept
 */
export function putUnder(stronger: string, weaker: string, joined: readonly string[] = []): Merged {
  const strong = parseMapText(stronger);
  if (strong.kind === 'odd') return { kind: 'refused', layer: 'stronger', reason: strong.reason };
  const weak = parseMapText(weaker);
  if (weak.kind === 'odd') return { kind: 'refused', layer: 'weaker', reason: weak.reason };
  if (weak.kind === 'empty') return { kind: 'merged', text: stronger };
  if (strong.kind === 'empty') return check(`${endLine(stronger)}${weaker}`, weak.value);
  const missing = weak.pairs.filter(({ key }) => !(key in strong.value));
  const shared = joined.flatMap(key => findShared(key, strong, weak));
  if (missing.length === 0 && shared.length === 0) return { kind: 'merged', text: stronger };
  // From the end to the beginning: what is inserted moves what comes after it.
  const inserted = shared
    .toSorted((left, right) => right.at - left.at)
    .reduce((text, { at, insertion }) => text.slice(0, at) + insertion + text.slice(at), stronger);
  const text =
    strong.style === 'block'
      ? append(inserted, missing, weak)
      : insertFlow(inserted, strong.start + 1, missing, weak);
  const joinedValues = shared.map(({ key, value }) => [key, value]);
  return check(text, { ...weak.value, ...strong.value, ...Object.fromEntries(joinedValues) });
}

function check(text: string, expected: Readonly<Record<string, unknown>>): Merged {
  const result = parseMapText(text);
  if (result.kind === 'map' && isDeepStrictEqual(result.value, { ...expected }))
    return { kind: 'merged', text };
  return { kind: 'refused', layer: 'weaker', reason: 'it cannot be merged without changing what is written' };
}

function append(text: string, missing: readonly MapPair[], weak: ParsedMap): string {
  const added = missing.map(pair =>
    weak.style === 'block'
      ? endLine(weak.text.slice(pair.start, pair.end))
      : stringify({ [pair.key]: weak.value[pair.key] }, WRITE),
  );
  return endLine(text) + added.join('');
}

function insertFlow(text: string, at: number, missing: readonly MapPair[], weak: ParsedMap): string {
  return (
    text.slice(0, at) + missing.map(({ key }) => renderFlow(key, weak.value[key])).join('') + text.slice(at)
  );
}

/** What a joined key of both lacks in the stronger one, and where to put it. */
function findShared(key: string, strong: ParsedMap, weak: ParsedMap) {
  const map = strong.pairs.find(pair => pair.key === key)?.map;
  const ours = { ...Object(weak.value[key]) };
  const theirs = { ...Object(strong.value[key]) };
  const added = Object.entries(ours).filter(([name]) => !(name in theirs));
  if (map === undefined || added.length === 0) return [];
  const place = findPlace(map, strong.text);
  if (place === undefined) return [];
  const insertion =
    place.indent === undefined
      ? added.map(([name, value]) => renderFlow(name, value)).join('')
      : stringify(Object.fromEntries(added), WRITE).replace(/^(?=.)/gm, place.indent);
  return [{ key, at: place.at, insertion, value: { ...ours, ...theirs } }];
}

/** Where a map's first key is, and what stands before it; no indent: in braces. */
function findPlace(map: YAMLMap, text: string) {
  const start = map.range?.[0];
  if (start === undefined) return undefined;
  if (map.flow === true) return { at: start + 1, indent: undefined };
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const indent = text.slice(lineStart, start);
  return /^ +$/.test(indent) ? { at: lineStart, indent } : undefined;
}

const WRITE = { version: '1.1', lineWidth: 0 } as const;

/** A pair in braces, with a comma after it. */
function renderFlow(key: string, value: unknown): string {
  const pair = stringify({ [key]: value }, { ...WRITE, collectionStyle: 'flow' });
  return `${pair.trim().replace(/^\{|\}$/g, '')}, `;
}

function endLine(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
