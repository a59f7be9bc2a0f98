/** Stands for every character of `{{ … }}`, so that lines and columns stay. Private use: no seed has it by itself. */
export const MASK = '\uE000';

const CLOSINGS: Readonly<Record<string, string>> = { '{{': '}}', '{%': '%}', '{#': '#}' };

/** A piece of a template that is no plain text. */
export interface TemplateMarkup {
  readonly kind: 'expression' | 'statement' | 'comment';
  readonly offset: number;
  /** With its braces. */
  readonly text: string;
}

/** All markup of a template, from its beginning; what is never closed is plain text. */
export function findMarkup(template: string): readonly TemplateMarkup[] {
  const found: TemplateMarkup[] = [];
  const opening = /\{[{%#]/g;
  for (let match = opening.exec(template); match !== null; match = opening.exec(template)) {
    const [braces] = match;
    const end = template.indexOf(CLOSINGS[braces] ?? '}}', match.index + 2);
    if (end < 0) break;
    const kind = braces === '{{' ? 'expression' : braces === '{%' ? 'statement' : 'comment';
    found.push({ kind, offset: match.index, text: template.slice(match.index, end + 2) });
    opening.lastIndex = end + 2;
  }
  return found;
}

/** The template made harmless to a YAML parser: expressions are a text as long as they are, the rest is blanks. */
export function maskTemplate(template: string, markup: readonly TemplateMarkup[]): string {
  const parts: string[] = [];
  let end = 0;
  for (const { kind, offset, text } of markup) {
    parts.push(template.slice(end, offset), text.replace(/[^\r\n]/g, kind === 'expression' ? MASK : ' '));
    end = offset + text.length;
  }
  return [...parts, template.slice(end)].join('');
}

/** Whether only the guest knows this value. */
export function isTemplated(value: unknown): boolean {
  return typeof value === 'string' && value.includes(MASK);
}
