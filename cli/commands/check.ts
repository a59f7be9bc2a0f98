import type { Command } from 'commander';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import { type AgentRules, readAgentRules, UNKNOWN_AGENT } from '../job/agent-rules.ts';
import { checkConfig } from '../job/config-rules.ts';
import { type Finding, renderFinding, sortFindings } from '../job/finding.ts';
import { JobFileError, readJobFile } from '../job/job-file.ts';
import { checkJob } from '../job/job-rules.ts';
import { findRepeatedMacs } from '../job/repeated-macs.ts';
import { checkSerial } from '../job/serial-rules.ts';
import { findVmTasks, type VmTask } from '../job/vm-task.ts';
import type { RunCommand } from '../run-command.ts';
import { addVariableOptions, collectVariables, type VariableOptions } from './variables.ts';

interface CheckOptions extends VariableOptions {
  readonly agent?: string;
  readonly json?: boolean;
}

const HELP = `
Values that only Nomad knows (\${node.…}, functions) are not judged. A warning may be meant and does not change the
exit code.

Examples:
  $ nomad-vm check jobs/*.hcl
  $ nomad-vm check --var image=/srv/images/debian-12.qcow2 --agent /etc/nomad.d/plugin.hcl jobs/alice.hcl
  $ nomad-vm check --json jobs/*.hcl | jq '.findings[].message'`;

/** `nomad-vm check`: everything that can be known to be wrong with job files before they run. */
export function addCheckCommand(program: Command, io: CliIo, run: RunCommand): void {
  const command = program
    .command('check')
    .description('say what is wrong with job files, and which MAC addresses they use twice')
    .argument('<file...>', 'job files (HCL)')
    .option('--agent <file>', "the agent's configuration, to judge what only the operator allows")
    .option('--json', 'print JSON');
  addVariableOptions(command)
    .addHelpText('after', HELP)
    .action((files: readonly string[], options: CheckOptions) => run(() => check(files, options, io)));
}

async function check(files: readonly string[], options: CheckOptions, io: CliIo): Promise<ExitCode> {
  const { tasks, findings } = await collectFindings(files, options, io);
  const sorted = sortFindings(findings, files);
  const errors = sorted.filter(finding => finding.severity === 'error').length;
  if (options.json) {
    io.writeOut(
      `${JSON.stringify({ ok: errors === 0, vms: tasks.length, findings: sorted }, undefined, 2)}\n`,
    );
  } else {
    for (const finding of sorted) io.writeOut(renderFinding(finding, io.isTerminal));
    io.writeOut(renderSummary(files.length, tasks.length, errors, sorted.length - errors));
  }
  return errors === 0 ? EXIT_CODES.ok : EXIT_CODES.failed;
}

async function collectFindings(files: readonly string[], options: CheckOptions, io: CliIo) {
  const tasks: VmTask[] = [];
  const findings: Finding[] = [];
  try {
    const variables = await collectVariables(options, io);
    const agent = await readAgent(options.agent, io);
    for (const path of files) {
      // One broken file must not hide what is wrong with the others.
      const found = await readTasks(path, variables, options.namespace, io);
      if ('finding' in found) findings.push(found.finding);
      else tasks.push(...found.tasks);
    }
    findings.push(
      ...tasks.flatMap(task => [...checkConfig(task, agent), ...checkSerial(task), ...checkJob(task, agent)]),
    );
    findings.push(...findRepeatedMacs(tasks));
  } catch (error) {
    if (!(error instanceof JobFileError)) throw error;
    findings.push(error.finding);
  }
  return { tasks, findings };
}

async function readTasks(
  path: string,
  variables: ReadonlyMap<string, unknown>,
  namespace: string,
  io: CliIo,
) {
  try {
    return { tasks: findVmTasks(await readJobFile(path, { cwd: io.cwd, variables }), namespace) };
  } catch (error) {
    if (error instanceof JobFileError) return { finding: error.finding };
    throw error;
  }
}

async function readAgent(path: string | undefined, io: CliIo): Promise<AgentRules> {
  if (path === undefined) return UNKNOWN_AGENT;
  return readAgentRules(await readJobFile(path, { cwd: io.cwd, variables: new Map() }));
}

function renderSummary(files: number, vms: number, errors: number, warnings: number): string {
  const count = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`;
  return `${count(files, 'file')}, ${count(vms, 'VM task')}: ${count(errors, 'error')}, ${count(warnings, 'warning')}\n`;
}
