import { RULE_TITLES } from '../cloudinit-server/validate/rule-titles.ts';
import type { Finding } from './job/finding.ts';

/** Findings about job files carry no name of a rule. */
const JOB_RULE = 'job';

/** Findings as SARIF 2.1.0 (OASIS), which editors and code hosts show beside the lines. */
export function renderSarif(findings: readonly Finding[], version: string): string {
  const rules = [...new Set(findings.map(finding => finding.rule ?? JOB_RULE))].sort();
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'nomad-vm', version, rules: rules.map(describeRule) } },
        columnKind: 'utf16CodeUnits',
        results: findings.map(finding => describeResult(finding, rules)),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function describeRule(id: string) {
  const titles: Readonly<Record<string, string>> = RULE_TITLES;
  return { id, shortDescription: { text: titles[id] ?? 'the file cannot be used as it is' } };
}

function describeResult(finding: Finding, rules: readonly string[]) {
  const { file, line, column = 1, severity, path, message, rule = JOB_RULE } = finding;
  return {
    ruleId: rule,
    ruleIndex: rules.indexOf(rule),
    level: severity,
    message: { text: path === '' ? message : `${path}: ${message}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(file.replaceAll('\\', '/')) },
          region: { startLine: line, startColumn: column },
        },
      },
    ],
  };
}
