import { type Document, isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { maskVariables } from '../render/mask-variables.ts';
import { findMarkup, maskTemplate } from '../validate/template.ts';
import type { Label } from './redact-text.ts';
import { isSecretFile, isSecretName } from './secret-names.ts';

/** From its first character to the one after its last. */
type Range = readonly [number, number];

/**
 * Replaces the values of keys that hold secrets, wherever they are in a YAML text; everything else stays to the letter.
 * A text that is no YAML comes back as it is.
 */
export function redactYaml(text: string, label: Label): string {
  // As long as the text, so that what is found there is here.
  const readable = maskVariables(maskTemplate(text, findMarkup(text)));
  const secrets = findSecrets(readable);
  let redacted = text;
  for (const [start, end] of secrets.toSorted((left, right) => right[0] - left[0])) {
    const secret = redacted.slice(start, end);
    const lineEnd = /\n\s*$/.exec(secret)?.[0] ?? '';
    redacted = redacted.slice(0, start) + label(secret.trimEnd()) + lineEnd + redacted.slice(end);
  }
  return redacted;
}

function findSecrets(text: string): readonly Range[] {
  try {
    const document = parseDocument(text, { version: '1.1', uniqueKeys: false, logLevel: 'error' });
    const found = new Map<number, Range>();
    if (document.errors.length === 0)
      collect(document.contents, { keys: [], isSecret: false }, document, found);
    return [...found.values()];
  } catch {
    // Nested deeper than a parser goes.
    return [];
  }
}

interface Place {
  /** From the top. */
  readonly keys: readonly string[];
  readonly isSecret: boolean;
}

function collect(node: unknown, place: Place, document: Document.Parsed, found: Map<number, Range>): void {
  if (isScalar(node)) {
    const isSwitch = typeof node.value === 'boolean' || node.value === null;
    if (place.isSecret && !isSwitch && node.range) found.set(node.range[0], [node.range[0], node.range[1]]);
  } else if (isAlias(node)) {
    // What it refers to may stand where nothing gives it away.
    if (place.isSecret) collect(node.resolve(document), place, document, found);
  } else if (isSeq(node)) {
    for (const item of node.items) collect(item, place, document, found);
  } else if (isMap(node)) {
    const isFile = isSecretFile(String(node.get('path') ?? ''));
    for (const { key, value } of node.items) {
      const keys = [...place.keys, isScalar(key) ? String(key.value) : ''];
      const isSecret = place.isSecret || isSecretPlace(keys) || (isFile && keys.at(-1) === 'content');
      collect(value, { keys, isSecret }, document, found);
    }
  }
}

function isSecretPlace(keys: readonly string[]): boolean {
  const [key = ''] = keys.slice(-1);
  // "user:password" lines; keys of netplan's tunnels.
  if (key === 'list' && keys.at(-2) === 'chpasswd') return true;
  return isSecretName(key) || (/^keys?$/.test(key) && keys.includes('tunnels'));
}
