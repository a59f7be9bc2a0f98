import type { SystemNames } from './smbios-table.ts';

/** One `-smbios` among raw arguments that is about the system: table type 1. */
export interface SystemInformationArgument {
  /** Of its value. */
  readonly index: number;
  /** By qemu's names, such as "manufacturer"; without "type". */
  readonly fields: ReadonlyMap<string, string>;
}

/** What qemu lets raw arguments say and a table of ours can say as well. */
export const SYSTEM_NAMES = ['manufacturer', 'product', 'version', 'sku', 'family'] as const;

/** Finds what raw arguments say of the system. */
export function findSystemInformation(args: readonly string[]): readonly SystemInformationArgument[] {
  return args.flatMap((word, index) => {
    if (!/^--?smbios$/.test(args[index - 1] ?? '')) return [];
    const { type, ...fields } = parseOptions(word);
    // qemu takes numbers as C writes them: 1, 01, 0x1.
    return type !== undefined && Number(type) === 1
      ? [{ index, fields: new Map(Object.entries(fields)) }]
      : [];
  });
}

/**
 * Takes out of raw arguments what they say of the system. qemu refuses to be told by arguments and by a table at once, so
 * where there is a table, they go into it.
 *
 * @returns the arguments that are left, and the names; of two for one field the later counts, as with qemu
 */
export function takeSystemNames(args: readonly string[]): {
  readonly names: SystemNames;
  readonly others: readonly string[];
} {
  const found = findSystemInformation(args);
  const taken = new Set(found.flatMap(({ index }) => [index - 1, index]));
  const fields = new Map(found.flatMap(each => [...each.fields]));
  const names = SYSTEM_NAMES.flatMap(name => {
    const value = fields.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  return { names: Object.fromEntries(names), others: args.filter((_, index) => !taken.has(index)) };
}

/** Reads qemu's `key=value,key=value`, in which a comma in a value is doubled. */
function parseOptions(text: string): Readonly<Record<string, string>> {
  const parts = text.match(/(?:[^,]|,,)+/g) ?? [];
  const pairs = parts.map(part => {
    const [key = '', ...value] = part.replaceAll(',,', ',').split('=');
    return [key, value.join('=')];
  });
  return Object.fromEntries(pairs);
}
