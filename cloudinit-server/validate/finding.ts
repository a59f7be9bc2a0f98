import type { SeedFile } from '../seed-files.ts';
import type { RuleId } from './rule-titles.ts';
import type { YamlPath } from './yaml-path.ts';

/** An error is what no guest does as written; a warning may be meant. */
export type Severity = 'error' | 'warning';

/** Something about a seed that its author should know before a guest boots. */
export interface Finding {
  readonly file: SeedFile;
  /** From 1. */
  readonly line: number;
  /** In UTF-16 units, from 1. */
  readonly column: number;
  readonly severity: Severity;
  readonly rule: RuleId;
  /** Which key, such as `users[1].passwd`; empty when it is about the whole file. */
  readonly path: string;
  /** What is wrong and what to do. It may quote keys and short values, never a password or a key. */
  readonly message: string;
}

/** A finding of one rule, before its place in the text is looked up. */
export interface Problem {
  readonly rule: RuleId;
  readonly severity: Severity;
  readonly path: YamlPath;
  /** Whether the key is to blame rather than its value. @default value */
  readonly at?: 'key' | 'value';
  /** Where else the same mistake shows, so that it is told once. */
  readonly covers?: readonly YamlPath[];
  readonly message: string;
}
