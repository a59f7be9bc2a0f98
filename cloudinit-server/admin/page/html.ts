/** A piece of HTML that is safe to send. Nobody but {@link html} can make one. */
class Html {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

export type { Html };

/** What may stand in a template: text is escaped, HTML is not, lists are joined, what is absent is left out. */
export type HtmlValue = string | number | Html | undefined | null | false | readonly HtmlValue[];

/**
 * A template of HTML. All that is put into it is escaped for text and for attributes in double quotes; it must not
 * stand anywhere else (in a tag's name, a script, a style, an attribute without quotes).
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(strings.map((text, index) => text + render(values[index])).join(''));
}

function render(value: HtmlValue): string {
  if (value === undefined || value === null || value === false) return '';
  if (value instanceof Html) return value.toString();
  if (typeof value === 'string') return escapeHtml(value);
  return typeof value === 'number' ? String(value) : value.map(render).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * What no text of a page may hold: control characters but tab and line feed, halves of a surrogate pair, and what
 * turns the direction of text, so that a name can look like another one (U+202E and its like).
 */
const UNFIT = /[^\P{Cc}\t\n]|\p{Cs}|[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

function escapeHtml(text: string): string {
  return text.replace(UNFIT, '\ufffd').replace(/[&<>"']/g, character => ENTITIES[character] ?? '');
}
