import { isUtf8 } from 'node:buffer';
import { isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { type Label, PLACEHOLDER, REDACTED, redactText } from './redact-text.ts';
import { redactYaml } from './redact-yaml.ts';

/** Makes files of seeds fit to be shown: what is or looks like a secret is replaced, everything else stays. */
export type Redactor = (body: Buffer) => string;

const ARCHIVE = /^\s*#cloud-config-archive[^\n]*\n/i;

/** As deep as archives may hold archives. */
const MAX_DEPTH = 3;

/** Creates one that writes {@link REDACTED} for every secret. */
export function createRedactor(): Redactor {
  return body => redactBody(body, () => REDACTED);
}

/**
 * Creates one that numbers secrets, so that two texts can be compared: the same secret has the same number in all that
 * it redacts, and the number says nothing of it.
 */
export function createNumberingRedactor(): Redactor {
  const numbers = new Map<string, number>();
  const label: Label = secret => {
    const number = numbers.get(secret) ?? numbers.size + 1;
    numbers.set(secret, number);
    return `${PLACEHOLDER} ${number}>`;
  };
  return body => redactBody(body, label);
}

function redactBody(body: Buffer, label: Label): string {
  if (isUtf8(body)) return redact(body.toString(), label, 0);
  return `${label(body.toString('base64'))} (${body.length} bytes that are no text)\n`;
}

function redact(text: string, label: Label, depth: number): string {
  const header = ARCHIVE.exec(text)?.[0];
  const parts = header === undefined || depth === MAX_DEPTH ? undefined : redactParts(text, label, depth);
  return parts === undefined ? redactText(redactYaml(text, label), label) : `${header}${parts}`;
}

/** An archive's parts are texts of their own, with headers of their own. */
function redactParts(text: string, label: Label, depth: number): string | undefined {
  const document = readArchive(text);
  const contents = document?.contents;
  if (document === undefined || !isSeq(contents)) return undefined;
  for (const part of contents.items) {
    const content = isMap(part) ? part.get('content', true) : part;
    if (isScalar(content) && typeof content.value === 'string') {
      content.value = redact(content.value, label, depth + 1);
    }
  }
  return document.toString({ lineWidth: 0 });
}

function readArchive(text: string) {
  try {
    const document = parseDocument(text.replace(ARCHIVE, ''), { version: '1.1', logLevel: 'error' });
    return document.errors.length === 0 ? document : undefined;
  } catch {
    // Nested deeper than a parser goes.
    return undefined;
  }
}
