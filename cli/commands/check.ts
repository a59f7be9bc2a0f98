import type { Command } from 'commander';
import { SEED_FILES } from '../../cloudinit-server/seed-files.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import { type AgentRules, readAgentRules, UNKNOWN_AGENT } from '../job/agent-rules.ts';
import { checkConfig } from '../job/config-rules.ts';
import { type Finding, renderFinding, sortFindings } from '../job/finding.ts';
import { JobFileError, readJobFile } from '../job/job-file.ts';
import { checkJob } from '../job/job-rules.ts';
import { findRepeatedMacs } from '../job/repeated-macs.ts';
import { checkSeedTexts } from '../job/seed-rules.ts';
import { checkSerial } from '../job/serial-rules.ts';
import { findVmTasks, type VmTask } from '../job/vm-task.ts';
import type { RunCommand } from '../run-command.ts';
import { renderSarif } from '../sarif.ts';
import { type AdminApiOptions, addAdminOptions } from './admin-api.ts';
import { checkSeeds, isSeedArgument } from './check-seeds.ts';
import { parseGuestVersion, readGuestVersions } from './guest-version.ts';
import { addVariableOptions, collectVariables, type VariableOptions } from './variables.ts';

interface CheckOptions extends VariableOptions, AdminApiOptions {
  readonly agent?: string;
  readonly cloudInit?: string;
  readonly json?: boolean;
  readonly sarif?: boolean;
}

const HELP = `
A folder is taken as one of seeds, and so is a file named ${SEED_FILES.join(', ')}.
Values that only Nomad knows (\${node.…}, functions) are not judged. A warning may be meant and does not change the
exit code.

Examples:
  $ nomad-vm check jobs/*.hcl
  $ nomad-vm check seeds/
  $ nomad-vm check --cloud-init seen /srv/seeds
  $ nomad-vm check --sarif seeds/alice/user-data
  $ nomad-vm check --var image=/srv/images/debian-12.qcow2 --agent /etc/nomad.d/plugin.hcl jobs/alice.hcl
  $ nomad-vm check --json jobs/*.hcl | jq '.findings[].message'`;

/** `nomad-vm check`: everything that can be known to be wrong with job files and seeds before they run. */
export function addCheckCommand(program: Command, io: CliIo, run: RunCommand): void {
  const command = program
    .command('check')
    .description(
      'say what is wrong with job files and cloud-init seeds, and which MAC addresses are used twice',
    )
    .argument('<path...>', 'job files (HCL), and folders of seeds')
    .option('--agent <file>', "the agent's configuration, to judge what only the operator allows")
    .option(
      '--cloud-init <version>',
      'judge seeds by this version of the guests\' cloud-init, such as 22.4.2, or "seen": by what the seed server last saw of each VM',
      parseGuestVersion,
    )
    .option('--json', 'print JSON')
    .option('--sarif', 'print SARIF, for editors and code hosts');
  addAdminOptions(addVariableOptions(command), io)
    .addHelpText('after', HELP)
    .action((files: readonly string[], options: CheckOptions) => run(() => check(files, options, io)));
}

async function check(paths: readonly string[], options: CheckOptions, io: CliIo): Promise<ExitCode> {
  const seedPaths = paths.filter(path => isSeedArgument(path, io.cwd));
  const files = paths.filter(path => !seedPaths.includes(path));
  const { tasks, findings } = await collectFindings(files, options, io);
  const findVersion = await readGuestVersions(options.cloudInit, options, io);
  const checked = await Array.fromAsync(seedPaths, path => checkSeeds(path, findVersion, io));
  const sorted = [...sortFindings(findings, files), ...checked.flatMap(seeds => seeds.findings)];
  const counts: Counts = {
    files: files.length,
    vms: tasks.length,
    seeds: seedPaths.length === 0 ? undefined : checked.reduce((sum, { seeds }) => sum + seeds, 0),
    errors: sorted.filter(finding => finding.severity === 'error').length,
    warnings: sorted.filter(finding => finding.severity === 'warning').length,
  };
  if (options.sarif) io.writeOut(renderSarif(sorted, io.version));
  else if (options.json) io.writeOut(renderJson(sorted, counts));
  else {
    for (const finding of sorted) io.writeOut(renderFinding(finding, io.isTerminal));
    io.writeOut(renderSummary(counts));
  }
  return counts.errors === 0 ? EXIT_CODES.ok : EXIT_CODES.failed;
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
    for (const task of tasks) findings.push(...(await checkSeedTexts(task)));
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

interface Counts {
  readonly files: number;
  readonly vms: number;
  /** Undefined when no argument was about seeds. */
  readonly seeds: number | undefined;
  readonly errors: number;
  readonly warnings: number;
}

function renderJson(findings: readonly Finding[], { errors, vms, seeds }: Counts): string {
  return `${JSON.stringify({ ok: errors === 0, vms, seeds, findings }, undefined, 2)}\n`;
}

function renderSummary({ files, vms, seeds, errors, warnings }: Counts): string {
  const count = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`;
  const jobs = files > 0 ? [count(files, 'file'), count(vms, 'VM task')] : [];
  const looked = [...jobs, ...(seeds === undefined ? [] : [count(seeds, 'seed')])];
  return `${looked.join(', ')}: ${count(errors, 'error')}, ${count(warnings, 'warning')}\n`;
}
