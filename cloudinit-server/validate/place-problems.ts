import type { SeedFile } from '../seed-files.ts';
import type { Finding, Problem } from './finding.ts';
import type { RuleId } from './rule-titles.ts';
import type { TextProblem } from './text-rules.ts';
import type { YamlError, YamlFile } from './yaml-file.ts';
import { formatPath } from './yaml-path.ts';

/** Findings of one file; who has more has one mistake many times. */
const MAX_FINDINGS = 100;

/** Looks up where problems are. What only the guest knows, as a template makes it, is dropped. */
export function placeProblems(
  file: SeedFile,
  yaml: YamlFile,
  problems: readonly Problem[],
): readonly Finding[] {
  return problems
    .slice(0, MAX_FINDINGS)
    .filter(problem => problem.at === 'key' || !yaml.isTemplated(problem.path))
    .map(({ rule, severity, path, at, message }) => ({
      file,
      ...yaml.locate(path, at ?? 'value'),
      severity,
      rule,
      path: formatPath(path),
      message,
    }));
}

/** A problem of a text, in a file. */
export function placeText(file: SeedFile, problem: TextProblem): Finding {
  const { line, column, severity, rule, message } = problem;
  return { file, line, column, severity, rule, path: '', message };
}

/** A text that is no YAML. */
export function placeYamlError(file: SeedFile, { line, column, message }: YamlError): Finding {
  return { file, line, column, severity: 'error', rule: 'yaml-syntax', path: '', message };
}

/** A problem of a file as a whole. */
export function placeWhole(file: SeedFile, rule: RuleId, message: string, line = 1): Finding {
  return { file, line, column: 1, severity: 'error', rule, path: '', message };
}
