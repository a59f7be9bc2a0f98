import { toRecord } from './record.ts';
import type { KnownReferences } from './references.ts';
import { resolveReferences } from './references.ts';

/**
 * Collects what `var.x` and `local.x` stand for in a job file: variables given on the command line, else the defaults
 * of `variable` blocks; then `locals`.
 *
 * @param value the parsed file.
 * @param given values by name, as typed.
 */
export function collectReferences(
  value: Readonly<Record<string, unknown>>,
  given: ReadonlyMap<string, unknown>,
): KnownReferences {
  const known = new Map<string, unknown>();
  for (const [name, blocks] of Object.entries(toRecord(value.variable))) {
    const variable = toRecord(Array.isArray(blocks) ? blocks[0] : blocks);
    if (given.has(name)) known.set(`var.${name}`, asDeclared(given.get(name), variable.type));
    else if (variable.default !== undefined && variable.default !== null)
      known.set(`var.${name}`, variable.default);
  }
  for (const block of Array.isArray(value.locals) ? value.locals : []) {
    for (const [name, inner] of Object.entries(toRecord(block)))
      known.set(`local.${name}`, resolveReferences(inner, known));
  }
  return known;
}

/** What was typed is text; a variable that is declared as a list or a map takes it as JSON, as HCL would read it. */
function asDeclared(typed: unknown, type: unknown): unknown {
  if (typeof typed !== 'string' || typeof type !== 'string' || !/list|map|set|object|tuple|any/.test(type))
    return typed;
  try {
    return JSON.parse(typed);
  } catch {
    // Not JSON: text after all, which the option's type will judge.
    return typed;
  }
}
