import { readFile } from 'node:fs/promises';

/** Where Debian, Fedora, Arch and openSUSE build qemu-bridge-helper to look. */
export const BRIDGE_ACL_PATH = '/etc/qemu/bridge.conf';

/** One line of the list. */
export interface AclRule {
  readonly verdict: 'allow' | 'deny';
  /** A bridge's name, or `all`. */
  readonly target: string;
}

/** Which bridges qemu-bridge-helper may attach VMs to. */
export interface BridgeAcl {
  readonly rules: readonly AclRule[];
  /** Why the helper would refuse the whole list; undefined when it would not. */
  readonly problem: string | undefined;
}

/** The helper itself knows no bound; a list that includes itself makes it run out of files. */
const MAX_INCLUDE_DEPTH = 16;

/** Reads the list as qemu-bridge-helper does (parse_acl_file of qemu 7.2). Never throws for what the list holds. */
export async function readBridgeAcl(path: string = BRIDGE_ACL_PATH): Promise<BridgeAcl> {
  const rules: AclRule[] = [];
  const problem = await readInto(rules, path, 0);
  return { rules, problem };
}

/** Deny wins over allow, and what nobody allows is denied. */
export function isBridgeAllowed(acl: BridgeAcl, bridge: string): boolean {
  if (acl.problem !== undefined) return false;
  const verdicts = acl.rules
    .filter(({ target }) => target === 'all' || target === bridge)
    .map(rule => rule.verdict);
  return verdicts.includes('allow') && !verdicts.includes('deny');
}

async function readInto(rules: AclRule[], path: string, depth: number): Promise<string | undefined> {
  if (depth > MAX_INCLUDE_DEPTH) return `"${path}" is included more than ${MAX_INCLUDE_DEPTH} levels deep`;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    // Node's file functions throw errors that carry a code.
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? `there is no "${path}"` : `"${path}" cannot be read: ${code}`;
  }
  for (const [index, line] of text.split('\n').entries()) {
    const problem = await takeLine(rules, line, depth);
    if (problem !== undefined) return `line ${index + 1} of "${path}" ${problem}`;
  }
  return undefined;
}

async function takeLine(rules: AclRule[], line: string, depth: number): Promise<string | undefined> {
  const trimmed = line.trimStart();
  if (trimmed === '' || trimmed.startsWith('#')) return undefined;
  const separator = trimmed.includes(' ') ? ' ' : '\t';
  const end = trimmed.indexOf(separator);
  if (end === -1)
    return `is "${trimmed.trimEnd()}", wanted "allow <bridge>", "deny <bridge>" or "include <file>"`;
  const command = trimmed.slice(0, end);
  const argument = trimmed.slice(end + 1).trim();
  if (command === 'allow' || command === 'deny') rules.push({ verdict: command, target: argument });
  // The helper ignores that a file is missing or wrong, and keeps what it has read of it.
  else if (command === 'include') await readInto(rules, argument, depth + 1);
  else return `has the unknown command "${command}", wanted "allow", "deny" or "include"`;
  return undefined;
}
