import { gunzipSync } from 'node:zlib';
import { isSecretName, SECRET_WORDS } from './secret-names.ts';

/** Gives what is put in place of a secret; it begins with {@link PLACEHOLDER}. */
export type Label = (secret: string) => string;

/** How all that stands for secrets begins, so that it is not taken for one again. */
export const PLACEHOLDER = '<redacted';

/** What stands for a secret where nobody compares it with others. */
export const REDACTED = `${PLACEHOLDER}>`;

/** Bytes of packed data that are looked into. */
const MAX_UNPACKED_BYTES = 1024 * 1024;

/** As deep as packed data may hold packed data. */
const MAX_DEPTH = 2;

/** What is a secret by its form alone. All repetitions are bounded: the text is a guest's or an author's. */
const FORMS = [
  /-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-(?!----END)){0,65536}(?:-----END [A-Z0-9 ]{1,80}-----)?/g,
  // crypt(5): "$id$…".
  /\$(?:[1-7]|2[abxy]|y|gy|sha1|md5|argon2\w{1,2}|scrypt|bcrypt)\$[./A-Za-z0-9$=,+-]{8,512}/g,
  // Tokens of well-known services, by how they begin.
  /\b(?:gh[pousr]_|github_pat_|glpat-|glrt-|gldt-|xox[abeprs]-|hv[sbr]\.|sk-|sk_live_|npm_|pypi-|AGE-SECRET-KEY-1)[\w-]{16,512}/g,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
  /\beyJ[\w-]{8,4096}\.[\w-]{8,4096}\.[\w-]{8,4096}/g,
  // With which nodes join k3s and kubeadm clusters.
  /\bK10[0-9a-f]{16,128}::[\w:.-]{1,256}/g,
  /\b[a-z0-9]{6}\.[a-z0-9]{16}\b/g,
];

/** What is a secret by what stands before and after it: the second group. */
const PLACES = [
  /(\b(?:Bearer|Basic)[ \t]{1,8})([\w.~+/=-]{8,4096})()/g,
  /(:\/\/[^\s/:@"']{0,256}:)([^\s/@"']{1,256})(@)/g,
  /(\/-\/(?:events|phone-home|vm)\/)([\w-]{16,64})()/g,
  /([?&](?:sig|signature|key|code|auth)=)([^\s&"'#<>]{1,1024})()/gi,
  /((?:^|\s)(?:-u|--user)[ \t=]{1,8}["']?[^\s:"']{1,64}:)([^\s"']{1,256})()/g,
  /([\w.-]{1,64}:)([^\s"'|]{1,256})(["']?[ \t]{0,8}\|[ \t]{0,8}(?:sudo[ \t]{1,8})?chpasswd)/g,
];

/** A name, what is between, and a value: in shells, unit files, options, queries, and YAML that cannot be read. */
const ASSIGNMENT = new RegExp(
  `([\\w.-]{0,40}?(?:${SECRET_WORDS})[\\w.-]{0,40}["']?)([ \\t]{0,8}[=:][ \\t]{0,8}|[ \\t]{1,8})` +
    `("(?:[^"\\\\\\n]|\\\\.){1,4096}"|'[^'\\n]{1,4096}'|[^\\s"',;&{}[\\]|>]{1,4096})`,
  'gi',
);

/** What is no secret, whatever it is called: switches, and what stands for something else. */
const NO_SECRET = /^["']?(?:(?:true|false|yes|no|on|off|null|none|~)["']?$|<redacted|\$[\w{(]|@\{|\{\{)/i;

const BASE64 = /(?:[A-Za-z0-9+/]{32,}={0,2}(?:\r?\n[ \t]{0,64})?)+(?:[A-Za-z0-9+/]{1,31}={0,2})?/g;

/**
 * Replaces what looks like a secret in a text of any kind. Secrets are known by their form and by the names beside them,
 * so some are missed.
 *
 * @param depth how often the text was packed
 */
export function redactText(text: string, label: Label, depth = 0): string {
  let redacted = text;
  for (const form of FORMS) redacted = redacted.replace(form, secret => label(secret));
  for (const place of PLACES) {
    redacted = redacted.replace(place, (all, before: string, secret: string, after: string) =>
      secret.startsWith(PLACEHOLDER) ? all : before + label(secret) + after,
    );
  }
  redacted = redacted.replace(ASSIGNMENT, (all, name: string, between: string, value: string) =>
    isAssignment(name, between, value) ? name + between + labelQuoted(value, label) : all,
  );
  if (depth === MAX_DEPTH) return redacted;
  return redacted.replace(BASE64, packed => (holdsSecret(packed, depth) ? label(packed) : packed));
}

/** What follows a name after blanks alone is its value only for options of commands: `--token x`. */
function isAssignment(name: string, between: string, value: string): boolean {
  const isPlaced = /[=:]/.test(between) || name.startsWith('-');
  return isPlaced && isSecretName(name.replace(/["']$/, '').replace(/^-+/, '')) && !NO_SECRET.test(value);
}

function labelQuoted(value: string, label: Label): string {
  const quote = /^["']/.exec(value)?.[0] ?? '';
  return quote + label(quote === '' ? value : value.slice(1, -1)) + quote;
}

function holdsSecret(packed: string, depth: number): boolean {
  const bytes = Buffer.from(packed, 'base64');
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  try {
    const plain = (isGzip ? gunzipSync(bytes, { maxOutputLength: MAX_UNPACKED_BYTES }) : bytes).toString(
      'latin1',
    );
    return redactText(plain, () => PLACEHOLDER, depth + 1) !== plain;
  } catch {
    // Damaged, or larger than it looks: nobody can say what is in it.
    return true;
  }
}
