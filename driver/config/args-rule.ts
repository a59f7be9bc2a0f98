import type { Personality } from './personality.ts';
import type { ReportProblem } from './problem.ts';

/**
 * Checks a job's raw qemu arguments against the operator's `args_allowlist`.
 *
 * An entry is `-flag` or `-flag value`. `--flag` and `-flag` are the same to qemu and so they are here. In a value `*`
 * stands for any letters but a comma, so that `user,id=*` cannot become `user,id=x,smb=/etc`. A last part that is just
 * `*` says "any": `*` alone is any value, `isa-debug-exit,*` is that device with any properties.
 *
 * - Driver `vm`: no list, no arguments. `-flag` alone allows that flag without a value, and a word that belongs to no
 *   flag is refused, as qemu would open it as a disk.
 * - Drop-in `qemu`: no list, any arguments, and `-flag` alone allows every value: the rule of the built-in driver,
 *   which looks at words that begin with a dash only, but without its hole of `--flag` for `-flag`.
 */
export function checkArguments(
  args: readonly string[],
  rules: { readonly personality: Personality; readonly allowlist: readonly string[] | undefined },
  report: ReportProblem,
): void {
  const { personality, allowlist = [] } = rules;
  if (personality === 'qemu' && allowlist.length === 0) return;
  const entries = allowlist.map(parseEntry);
  for (const { flag, value, index } of splitArguments(args, personality)) {
    const isAllowed = entries.some(
      entry => entry.flag === flag && matchesValue(entry.value, value, personality),
    );
    if (!isAllowed) report(`config.args[${index}]`, refusal(flag, value, allowlist));
  }
}

/** An entry of the allow list that could never match is a mistake of the operator: its text, or undefined. */
export function describeBadEntry(entry: string): string | undefined {
  return /^--?[A-Za-z0-9]/.test(entry.trim())
    ? undefined
    : `${JSON.stringify(entry)} does not begin with a qemu flag; write "-flag" or "-flag value", such as "-device virtio-rng-pci"`;
}

interface Argument {
  /** With one dash; undefined for a word that belongs to no flag. */
  readonly flag: string | undefined;
  readonly value: string | undefined;
  readonly index: number;
}

function splitArguments(args: readonly string[], personality: Personality): readonly Argument[] {
  const found: Argument[] = [];
  for (const [index, word] of args.entries()) {
    const previous = found.at(-1);
    // The built-in driver trims before it looks for the dash: " -drive" counts as a flag there.
    const isFlag = (personality === 'qemu' ? word.trim() : word).startsWith('-');
    if (isFlag) found.push({ flag: oneDash(word.trim()), value: undefined, index });
    else if (previous !== undefined && previous.flag !== undefined && previous.value === undefined) {
      found[found.length - 1] = { ...previous, value: word };
    } else if (personality === 'vm') found.push({ flag: undefined, value: word, index });
  }
  return found;
}

function parseEntry(entry: string): { readonly flag: string; readonly value: string | undefined } {
  const { flag = '', value } = /^(?<flag>\S+)(?:\s+(?<value>.*))?$/s.exec(entry.trim())?.groups ?? {};
  return { flag: oneDash(flag), value };
}

function oneDash(flag: string): string {
  return flag.replace(/^--/, '-');
}

function matchesValue(
  pattern: string | undefined,
  value: string | undefined,
  personality: Personality,
): boolean {
  if (pattern === undefined) return personality === 'qemu' || value === undefined;
  if (value === undefined) return false;
  const [fixed, rest] = /(^|,)\*$/.test(pattern) ? [pattern.slice(0, -1), '[\\s\\S]*'] : [pattern, ''];
  const parts = fixed.split('*').map(part => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^,]*')}${rest}$`).test(value);
}

function refusal(flag: string | undefined, value: string | undefined, allowlist: readonly string[]): string {
  if (flag === undefined)
    return `${JSON.stringify(value)} belongs to no flag; qemu would open it as a disk, so remove it`;
  const written = JSON.stringify(value === undefined ? flag : `${flag} ${value}`);
  const allowed =
    allowlist.length === 0 ? 'nothing' : allowlist.map(entry => JSON.stringify(entry)).join(', ');
  return `${written} is not among the arguments that the operator of this node allows (${allowed}); remove it, or have it added to args_allowlist in the plugin's config`;
}
