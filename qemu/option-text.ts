/**
 * Writes qemu's `key=value,key=value` syntax, in which a comma inside a value is doubled and nothing else is special.
 *
 * Values must hold neither newlines nor NUL; whoever reads them from a job refuses those.
 *
 * @param parts `[key, value]` pairs in order; a lone string stands for itself, as the leading `socket` of `-chardev`.
 */
export function buildOptionText(parts: readonly (string | readonly [key: string, value: string])[]): string {
  return parts
    .map(part => (typeof part === 'string' ? part : `${part[0]}=${doubleCommas(part[1])}`))
    .join(',');
}

/** Makes any text one value of qemu's comma syntax. */
export function doubleCommas(text: string): string {
  return text.replaceAll(',', ',,');
}
