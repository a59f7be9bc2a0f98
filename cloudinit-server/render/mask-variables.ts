import { MASK } from '../validate/template.ts';
import { isVariable, USE, VARIABLES } from './variables.ts';

/** Of the character that stands for the first variable; private use, as MASK is. */
const FIRST_MARK = 0xe100;

/**
 * A text whose variables are made harmless to a YAML parser (which takes no plain text that begins with `@`), as long
 * as it was, so that lines and columns stay.
 */
export function maskVariables(text: string): string {
  if (!text.includes('@{')) return text;
  return text.replace(USE, (use, name: string) =>
    isVariable(name)
      ? String.fromCharCode(FIRST_MARK + VARIABLES.indexOf(name)) + MASK.repeat(use.length - 1)
      : use,
  );
}

/** The same for what looks like a variable too: YAML can be judged without tripping over a typing mistake. */
export function maskUses(text: string): string {
  return text.includes('@{') ? text.replace(USE, use => MASK.repeat(use.length)) : text;
}

/** Undoes `maskVariables`, wherever the masked variables are by now. */
export function unmaskVariables(text: string): string {
  if (!text.includes(MASK)) return text;
  return text.replace(MASKED, mask => `@{${VARIABLES[mask.charCodeAt(0) - FIRST_MARK] ?? ''}}`);
}

const MASKED = new RegExp(
  `[${String.fromCharCode(FIRST_MARK)}-${String.fromCharCode(FIRST_MARK + VARIABLES.length - 1)}]${MASK}+`,
  'g',
);
