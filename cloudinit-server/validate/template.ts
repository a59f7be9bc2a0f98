/** Stands for every character of `{{ … }}`, so that lines and columns stay. Private use: no seed has it by itself. */
const MASK = '\uE000';

/** A template with its markup made harmless to a YAML parser. */
export interface MaskedTemplate {
  /** As long as the template, line by line. */
  readonly text: string;
  /** Whether there is `{% … %}`: then what the guest gets may be less than, or more than, what is written. */
  readonly hasStatements: boolean;
}

/** Replaces expressions by a text of the same length, statements and comments by blanks. */
export function maskTemplate(template: string): MaskedTemplate {
  let hasStatements = false;
  const text = template.replace(/\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}/gs, markup => {
    if (markup.startsWith('{{')) return markup.replace(/[^\r\n]/g, MASK);
    hasStatements ||= markup.startsWith('{%');
    return markup.replace(/[^\r\n]/g, ' ');
  });
  return { text, hasStatements };
}

/** Whether only the guest knows this value. */
export function isTemplated(value: unknown): boolean {
  return typeof value === 'string' && value.includes(MASK);
}
