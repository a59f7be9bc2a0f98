import { parsePluginConfig } from '../../driver/config/plugin-config.ts';
import { ConfigProblems, type Problem } from '../../driver/config/problem.ts';
import { parseTaskConfig } from '../../driver/config/task-config.ts';
import { type HclStep, parseSteps } from '../hcl/locate.ts';
import { toRecord } from '../hcl/record.ts';
import { isUnresolved } from '../hcl/references.ts';
import type { AgentRules } from './agent-rules.ts';
import { hasDynamicBlocks } from './allocation.ts';
import type { Finding } from './finding.ts';
import { lineOf } from './job-file.ts';
import type { VmTask } from './vm-task.ts';

/** What the driver itself would say to a task's `config`. Values that only Nomad knows are not judged. */
export function checkConfig(task: VmTask, agent: AgentRules): readonly Finding[] {
  const { dynamic: _, ...config } = task.config;
  const plugin = agent.plugins?.get(task.personality) ?? permissivePlugin(config.args);
  const problems = collectProblems(() => parseTaskConfig(config, { personality: task.personality, plugin }));
  const judged = problems.filter(({ path }) => !leadsToUnresolved(config, parseSteps(path).slice(1)));
  const meant = hasDynamicBlocks(task)
    ? judged.filter(({ path }) => !NEEDS_ALL_BLOCKS.includes(path))
    : judged;
  const findings = meant.map(problem => toFinding(task, 'error', problem));
  const hasUnjudgedArgs =
    agent.plugins === undefined && task.personality === 'vm' && config.args !== undefined;
  return hasUnjudgedArgs ? [...findings, toFinding(task, 'warning', UNJUDGED_ARGS)] : findings;
}

/** A finding about an option of a task, at its line. */
export function toFinding(task: VmTask, severity: Finding['severity'], { path, message }: Problem): Finding {
  const line = lineOf(task.file, [...task.steps, ...parseSteps(path)]);
  return { file: task.file.path, line, severity, path, message };
}

/** Problems that a block made by `dynamic` may solve. */
const NEEDS_ALL_BLOCKS: readonly string[] = [
  'config.cloud_init',
  'config.cloud_init.must_finish_within',
  'config.port_map',
];

const UNJUDGED_ARGS: Problem = {
  path: 'config.args',
  message:
    'driver "vm" takes raw arguments only where args_allowlist in the plugin\'s config names them; check with --agent FILE to have them judged',
};

/** The most generous operator: a seed server that knows VMs, and every flag of this job allowed. */
function permissivePlugin(args: unknown) {
  const flags = (Array.isArray(args) ? args : []).map(String).filter(word => word.startsWith('-'));
  const plugin = parsePluginConfig({
    cloudinit_server: 'http://127.0.0.1:8000/',
    cloudinit_api: { url: 'http://127.0.0.1:8002/', token_file: '/etc/cloudinit.token' },
  });
  return { ...plugin, argsAllowlist: flags.flatMap(flag => [flag, `${flag} *`]) };
}

function collectProblems(act: () => unknown): readonly Problem[] {
  try {
    act();
    return [];
  } catch (error) {
    if (error instanceof ConfigProblems) return error.problems;
    throw error;
  }
}

function leadsToUnresolved(value: unknown, steps: readonly HclStep[]): boolean {
  const [step, ...rest] = steps;
  if (typeof value === 'string' || step === undefined) return isUnresolved(value);
  // A block is a list of one in a parsed file, and a path names it without an index.
  const parents = Array.isArray(value) ? value : [value];
  const inner = parents.map(parent => toRecord(parent)[step.name]).find(found => found !== undefined);
  const isIndexed = step.index !== undefined && Array.isArray(inner);
  return leadsToUnresolved(isIndexed ? inner[step.index ?? 0] : inner, rest);
}
