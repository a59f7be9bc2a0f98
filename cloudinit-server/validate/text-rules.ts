import type { RuleId } from './rule-titles.ts';
import type { Position } from './yaml-file.ts';

/** A problem of a text, whatever its format. */
export interface TextProblem extends Position {
  readonly rule: RuleId;
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

/** Findings of one kind in one file. */
const MAX_FINDINGS = 20;

/** Private keys, in whatever format the file is. Host keys in a seed can be meant, so it is a warning. */
export function findPrivateKeys(text: string): readonly TextProblem[] {
  const found = text.matchAll(/-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY-----/g).take(MAX_FINDINGS);
  return [...found].map(match => ({
    ...locate(text, match.index),
    rule: 'private-key',
    severity: 'warning',
    message:
      'a private key: everybody who can fetch the seed can read it; let the guest make its own, or fetch it later over a channel that knows who asks',
  }));
}

/** Where an offset of a text is. */
export function locate(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}
