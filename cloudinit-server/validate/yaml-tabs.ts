import { type Document, visit } from 'yaml';

/**
 * Where a tab separates tokens, or undefined. YAML allows it; PyYAML, which guests have, ends with "found character
 * '\t' that cannot start any token" and cloud-init ignores the file.
 */
export function findTab(document: Document.Parsed, text: string): number | undefined {
  if (!text.includes('\t')) return undefined;
  let found: number | undefined;
  visit(document, {
    Scalar: (_key, node) => {
      const [start, end] = node.range ?? [0, 0];
      // An empty value has no place of its own, and blocks begin after their own header.
      if (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED' || start === end) return undefined;
      const before = /[ \t]*$/.exec(text.slice(text.lastIndexOf('\n', start - 1) + 1, start));
      const after = /^[ ]*\t/.exec(text.slice(end, end + 64));
      if (before?.[0].includes('\t')) found = start - before[0].length + before[0].indexOf('\t');
      else if (after !== null) found = end + after[0].length - 1;
      return found === undefined ? undefined : visit.BREAK;
    },
  });
  return found;
}
