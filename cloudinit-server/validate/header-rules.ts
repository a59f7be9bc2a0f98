import type { Severity } from './finding.ts';
import type { UserDataKind } from './user-data-kind.ts';

/** What is wrong with the first lines of user-data or vendor-data. */
export interface HeaderProblem {
  readonly line: number;
  readonly severity: Severity;
  readonly message: string;
}

/**
 * Judges the first lines; at most one problem. A guest that does not know the first line ignores the whole file, and
 * says so in its own log only.
 */
export function checkHeader(text: string, kind: UserDataKind): HeaderProblem | undefined {
  if (kind === 'empty') return undefined;
  if (text.startsWith('\uFEFF')) {
    return error(
      'a byte order mark stands before the first line, so guests ignore the file; save it as UTF-8 without one',
    );
  }
  const lines = text.split('\n', 8).map(line => line.slice(0, 200).replace(/\r$/, ''));
  if (kind === 'unknown') return describeUnknown(lines);
  const first = lines.findIndex(line => line.trim() !== '');
  const header = lines[first] ?? '';
  const isLate = first > 0 || header !== header.trimStart();
  if (/^\s*## template:/i.test(header) && isLate) {
    return error('"## template: jinja" counts on the very first line only; remove what stands before it');
  }
  const order = lines.findIndex((line, index) => index > first && /^##\s*template:/i.test(line));
  if (kind === 'cloud-config' && order > 0) {
    return error(
      '"## template: jinja" must be the first line and "#cloud-config" the second; swap them',
      order + 1,
    );
  }
  if (/^#!.*\r$/.test(text.split('\n', 1)[0] ?? '')) {
    return error(
      'the script has Windows line ends, so the guest finds no such interpreter; save it with Unix line ends',
    );
  }
  if (kind === 'cloud-config') return checkCloudConfigLine(header, first, isLate);
  return undefined;
}

function checkCloudConfigLine(header: string, index: number, isLate: boolean): HeaderProblem | undefined {
  const line = index + 1;
  if (isLate) {
    return warning(
      'blanks stand before "#cloud-config", which other readers than cloud-init refuse; make it the first line',
      line,
    );
  }
  return header.trimEnd() === '#cloud-config'
    ? undefined
    : warning('the line is not exactly "#cloud-config"; write that alone, and comments on lines below', line);
}

function describeUnknown(lines: readonly string[]): HeaderProblem {
  const [first = '', second = ''] = lines;
  if (/^\s*## template: jinja/i.test(first)) {
    return error(
      `the line after "## template: jinja" must say what the template makes; make it "#cloud-config"`,
      2,
    );
  }
  if (/^\s*##\s*template:/i.test(first)) {
    return error('a template begins with exactly "## template: jinja"; write it so');
  }
  if (/^\s*#?\s*c\w*[-_ ]?confi?g\w*\s*:?\s*$/i.test(first)) {
    return error('guests ignore the file, as its first line is not exactly "#cloud-config"; correct it');
  }
  if (/^\s*#cloud-config/i.test(second) || lines.some(line => /^#cloud-config\s*$/i.test(line))) {
    return error('guests ignore the file, as "#cloud-config" is not its first line; move it up');
  }
  return error(
    'guests ignore the file, as its first line is no header; begin it with "#cloud-config", or "#!" for a script',
  );
}

function error(message: string, line = 1): HeaderProblem {
  return { line, severity: 'error', message };
}

function warning(message: string, line: number): HeaderProblem {
  return { line, severity: 'warning', message };
}
