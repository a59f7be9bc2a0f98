import { styleText } from 'node:util';

/** Something about a job file that its author should know. */
export interface Finding {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** An error is wrong on every node; a warning may be meant. */
  readonly severity: 'error' | 'warning';
  /** Which option, `config.network[0].mac`; empty when it is about the file. */
  readonly path: string;
  /** What is wrong and what to do. */
  readonly message: string;
}

/** One line as compilers write it, so that editors can jump there. */
export function renderFinding({ file, line, severity, path, message }: Finding, hasColours: boolean): string {
  const paint = (style: 'bold' | 'red' | 'yellow', text: string) =>
    hasColours ? styleText(style, text, { validateStream: false }) : text;
  const kind = severity === 'warning' ? `${paint('yellow', 'warning')}: ` : '';
  const where = path === '' ? '' : `${severity === 'error' ? paint('red', path) : paint('yellow', path)}: `;
  return `${paint('bold', `${file}:${line}`)}: ${kind}${where}${message}\n`;
}

/** By file in the order given, then by line. */
export function sortFindings(findings: readonly Finding[], files: readonly string[]): readonly Finding[] {
  return findings.toSorted(
    (left, right) => files.indexOf(left.file) - files.indexOf(right.file) || left.line - right.line,
  );
}
