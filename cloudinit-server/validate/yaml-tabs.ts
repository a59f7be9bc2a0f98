import { type Document, visit } from 'yaml';

/**
 * Where a tab stands outside of quotes, blocks and comments, or undefined. YAML allows some of these; PyYAML, which
 * guests have, ends with "found character '\t' that cannot start any token" and cloud-init ignores the file.
 */
export function findTab(document: Document.Parsed, text: string): number | undefined {
  if (!text.includes('\t')) return undefined;
  const harmless = findQuoted(document);
  let next = 0;
  let tab = text.indexOf('\t');
  while (tab >= 0) {
    // Both go through the text from its beginning, so neither is gone through twice.
    while (next < harmless.length && (harmless[next]?.end ?? 0) <= tab) next += 1;
    const around = harmless[next];
    const line = text.lastIndexOf('\n', tab) + 1;
    if (around !== undefined && around.start <= tab) tab = text.indexOf('\t', around.end);
    else if (/(^|\s)#/.test(text.slice(line, tab))) tab = nextLine(text, tab);
    else return tab;
  }
  return undefined;
}

function findQuoted(document: Document.Parsed) {
  const ranges: { readonly start: number; readonly end: number }[] = [];
  visit(document, {
    Scalar: (_key, { type, range }) => {
      if (type !== 'PLAIN' && range) ranges.push({ start: range[0], end: range[1] });
    },
  });
  return ranges;
}

/** The first tab after the line; a comment goes to its end. */
function nextLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end < 0 ? -1 : text.indexOf('\t', end);
}
