import type { YamlPath } from '../yaml-path.ts';
import type { SchemaError } from './schema-error.ts';

/** They only say that what is below them failed. */
const COMBINATORS: readonly string[] = ['oneOf', 'anyOf', 'allOf', 'if', '$ref'];

/**
 * One error for each mistake. A value that may have several forms fails all of them at once; what counts is the form
 * that its author meant: the one that got furthest. So "wrong type" is dropped where another form of the same value
 * had the right type, and types that would all do are told together. cloud-init's own `cloud_init_deepest_matches`
 * follows the same idea.
 */
export function reduceErrors(errors: readonly SchemaError[]): readonly SchemaError[] {
  const combined = new Set(errors.filter(isCombinator).map(error => toKey(error.path)));
  const plain = errors.filter(error => !isCombinator(error));
  const places = new Map<string, SchemaError[]>();
  for (const error of plain) {
    const hasBetter = () => plain.some(other => isBetter(other, error));
    if (combined.has(toKey(error.path)) && error.keyword === 'type' && hasBetter()) continue;
    // Two unknown keys of one map are two mistakes.
    const place = toKey(
      error.keyword === 'additionalProperties' ? [...error.path, error.key ?? ''] : error.path,
    );
    places.set(place, [...(places.get(place) ?? []), error]);
  }
  const reduced = [...places.values()].flatMap(mergePlace);
  return reduced.length > 0 ? reduced : errors.filter(isCombinator).slice(0, 1);
}

function isCombinator(error: SchemaError): boolean {
  return COMBINATORS.includes(error.keyword);
}

/** Whether the other error comes from a form of the value that matched its type. */
function isBetter(other: SchemaError, error: SchemaError): boolean {
  if (other === error || other.keyword === 'type') return isBelow(other.path, error.path);
  return isBelow(other.path, error.path) || toKey(other.path) === toKey(error.path);
}

function isBelow(path: YamlPath, parent: YamlPath): boolean {
  return path.length > parent.length && parent.every((segment, index) => path[index] === segment);
}

/** The errors of one place: the same keyword of several forms becomes one that allows what any of them does. */
function mergePlace(errors: readonly SchemaError[]): readonly SchemaError[] {
  const [first] = errors;
  if (first === undefined) return [];
  const alike = errors.filter(error => error.keyword === first.keyword);
  // Every form lacks another key: any of them will do, and the first is told with the others.
  return [{ ...first, wanted: mergeWanted(alike) }];
}

function mergeWanted(errors: readonly SchemaError[]): unknown {
  const [first] = errors;
  if (first?.keyword === 'required') return [...new Set(errors.map(error => error.key))];
  if (first?.keyword !== 'type' && first?.keyword !== 'enum') return first?.wanted;
  return [...new Set(errors.flatMap(error => error.wanted))];
}

function toKey(path: YamlPath): string {
  return JSON.stringify(path);
}
