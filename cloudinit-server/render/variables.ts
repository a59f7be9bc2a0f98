/** Everything that is replaced in seeds, as `@{vm.name}`. Whatever else looks like it stays as it is. */
export const VARIABLES = [
  'vm.seed',
  'vm.name',
  'vm.hostname',
  'vm.instance_id',
  'vm.uuid',
  'vm.mac',
  'vm.namespace',
  'vm.job',
  'vm.group',
  'vm.task',
  'vm.index',
  'vm.node',
  'server.url',
] as const;

/** The name of a variable. */
export type Variable = (typeof VARIABLES)[number];

/** Where a text names a variable, or something that looks like one of ours. */
export interface VariableUse {
  readonly name: string;
  /** In UTF-16 units, of the `@`. */
  readonly offset: number;
}

/** What looks like a variable of ours. */
export const USE = /@\{((?:vm|server)\.\w+)\}/g;

/** All uses in a text, those of names that nobody knows too. */
export function findVariableUses(text: string): readonly VariableUse[] {
  return Array.from(text.matchAll(USE), match => ({ name: match[1] ?? '', offset: match.index }));
}

/** Whether this is the name of a variable. */
export function isVariable(name: string): name is Variable {
  return VARIABLES.some(variable => variable === name);
}

/**
 * Whether a value can stand for a variable anywhere in YAML, quoted or not, without ending the text around it: letters
 * and digits first, no blanks, quotes or brackets, no colon at the end.
 */
export function isVariableValue(value: string): boolean {
  return /^[\p{L}\p{N}_][\p{L}\p{N}._/:+@~=-]*(?<!:)$/u.test(value);
}

/** A text with its variables replaced. */
export interface ReplacedVariables {
  readonly body: Buffer;
  /** Names that were left as they are, each once. */
  readonly missing: readonly Variable[];
}

/**
 * Puts values in place of variables; every other byte stays, whatever encoding the text has.
 *
 * @param findValue undefined leaves a variable as it is
 */
export function replaceVariables(
  body: Buffer,
  findValue: (name: Variable) => string | undefined,
): ReplacedVariables {
  if (!body.includes('@{')) return { body, missing: [] };
  const missing = new Set<Variable>();
  // A character for each byte: what is no UTF-8 comes out as it went in.
  const text = body.toString('latin1').replace(USE, (use, name: string) => {
    if (!isVariable(name)) return use;
    const value = findValue(name);
    if (value === undefined) missing.add(name);
    return value === undefined ? use : Buffer.from(value).toString('latin1');
  });
  return { body: Buffer.from(text, 'latin1'), missing: [...missing] };
}

/** Whether a text uses this variable. */
export function usesVariable(body: Buffer, name: Variable): boolean {
  return body.includes(`@{${name}}`);
}
