import { MAX_CONSOLE_TAIL_BYTES } from '../../cloudinit-server/client.ts';
import { readConsoleTail } from '../../qemu/console-tail.ts';

/** What a guest's console tells of its boot. */
export interface ConsoleReport {
  /** Its end, at most MAX_CONSOLE_TAIL_BYTES, from the start of a line. */
  readonly tail: string;
  /** Public keys that cloud-init printed, such as `ssh-ed25519 AAAA…`; none where it printed none lately. */
  readonly hostKeys: readonly string[];
}

/** Read at one look: more than a boot prints in ten seconds. */
const LOOK_BYTES = 64 * 1024;

/** Reads the end of a console. */
export function readConsoleReport(path: string): ConsoleReport {
  const text = readConsoleTail(path, LOOK_BYTES).toString('utf8');
  return { tail: cutTail(hideTokens(text)), hostKeys: findHostKeys(text) };
}

/** cloud-init prints the address that it has its seed from, which is the key to it. */
function hideTokens(text: string): string {
  return text.replace(/(\/-\/[a-z-]+\/)[\w-]{16,}/g, '$1…');
}

/** Bytes that are no UTF-8 become longer, so it is the result that is measured. */
function cutTail(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_CONSOLE_TAIL_BYTES) return text;
  // A character that is cut in two becomes one of three bytes.
  const cut = bytes.subarray(bytes.length - MAX_CONSOLE_TAIL_BYTES + 3).toString('utf8');
  return cut.slice(cut.indexOf('\n') + 1);
}

/** cloud-init prints them once, when it has made them (the same from 22.4 to 26.2). */
function findHostKeys(text: string): readonly string[] {
  const begin = text.lastIndexOf(BEGIN);
  const end = text.indexOf(END, begin);
  if (begin < 0 || end < 0) return [];
  const keys = text.slice(begin, end).matchAll(PUBLIC_KEY);
  return [...keys].slice(0, MAX_KEYS).map(([key]) => key);
}

const BEGIN = '-----BEGIN SSH HOST KEY KEYS-----';
const END = '-----END SSH HOST KEY KEYS-----';
const PUBLIC_KEY =
  /(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) [A-Za-z0-9+/]{40,2000}={0,2}(?=[\s]|$)/g;
const MAX_KEYS = 8;
