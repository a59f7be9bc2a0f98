/** What PyYAML's reader refuses anywhere in a file (YAML 1.1, 5.1: not printable). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const NOT_PRINTABLE = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;

/** Where a character is that no YAML file may hold, or undefined. */
export function findUnprintable(text: string): number | undefined {
  const index = text.search(NOT_PRINTABLE);
  return index < 0 ? undefined : index;
}
