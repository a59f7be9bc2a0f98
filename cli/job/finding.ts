import { styleText } from 'node:util';

/** Something about a job file or a seed that its author should know. */
export interface Finding {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1; only for seeds. */
  readonly column?: number;
  /** An error is wrong on every node; a warning may be meant. */
  readonly severity: 'error' | 'warning';
  /** What kind of mistake it is; only for seeds. */
  readonly rule?: string;
  /** Which option, `config.network[0].mac`; empty when it is about the file. */
  readonly path: string;
  /** What is wrong and what to do. */
  readonly message: string;
}

/** One line as compilers write it, so that editors can jump there. */
export function renderFinding(finding: Finding, hasColours: boolean): string {
  const { file, line, column, severity, path, message } = finding;
  const paint = (style: 'bold' | 'red' | 'yellow', text: string) =>
    hasColours ? styleText(style, text, { validateStream: false }) : text;
  const kind = severity === 'warning' ? `${paint('yellow', 'warning')}: ` : '';
  const where = path === '' ? '' : `${severity === 'error' ? paint('red', path) : paint('yellow', path)}: `;
  const place = column === undefined ? `${file}:${line}` : `${file}:${line}:${column}`;
  return `${paint('bold', place)}: ${kind}${where}${message}\n`;
}

/** By file in the order given, then by line. */
export function sortFindings(findings: readonly Finding[], files: readonly string[]): readonly Finding[] {
  return findings.toSorted(
    (left, right) => files.indexOf(left.file) - files.indexOf(right.file) || left.line - right.line,
  );
}
