import type { Command } from 'commander';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import { UNKNOWN_AGENT } from '../job/agent-rules.ts';
import { type PlannedNic, planNics } from '../job/allocation.ts';
import { checkConfig } from '../job/config-rules.ts';
import { renderFinding } from '../job/finding.ts';
import { JobFileError, readJobFile } from '../job/job-file.ts';
import { findVmTasks, type VmTask } from '../job/vm-task.ts';
import type { RunCommand } from '../run-command.ts';
import { addVariableOptions, collectVariables, type VariableOptions } from './variables.ts';

interface MacOptions extends VariableOptions {
  readonly json?: boolean;
}

const HELP = `
A derived address stays the same through restarts and on every node, so a DHCP reservation can be written before the
VM exists.

Examples:
  $ nomad-vm mac jobs/alice.hcl
  $ nomad-vm mac --var image=x --json jobs/pool.hcl | jq -r '.[].mac'`;

/** `nomad-vm mac`: the MAC addresses that the VMs of a job will have. */
export function addMacCommand(program: Command, io: CliIo, run: RunCommand): void {
  const command = program
    .command('mac')
    .description("print the MAC address of every NIC of a job's VMs, before they exist")
    .argument('<file>', 'job file (HCL)')
    .option('--json', 'print JSON');
  addVariableOptions(command)
    .addHelpText('after', HELP)
    .action((file: string, options: MacOptions) => run(() => printMacs(file, options, io)));
}

async function printMacs(path: string, options: MacOptions, io: CliIo): Promise<ExitCode> {
  const tasks = await readTasks(path, options, io);
  const errors = tasks
    .flatMap(task => checkConfig(task, UNKNOWN_AGENT))
    .filter(finding => finding.severity === 'error');
  for (const finding of errors) io.writeError(renderFinding(finding, io.isTerminal));
  const unknown = tasks.find(task => task.count === undefined);
  if (unknown !== undefined) {
    io.writeError(
      `${path}: how many VMs group "${unknown.group}" has (count) is not known here; give its variables by --var\n`,
    );
  }
  if (tasks.length === 0) io.writeError(`${path}: there is no task with driver "vm" or "qemu"\n`);
  if (errors.length > 0 || unknown !== undefined || tasks.length === 0) return EXIT_CODES.failed;
  const rows = tasks.flatMap(planNics).map(toRow);
  io.writeOut(options.json ? `${JSON.stringify(rows, undefined, 2)}\n` : renderTable(rows));
  const isComplete = rows.every(row => row.mac !== null);
  if (!isComplete) io.writeError(`${path}: "?" is an address that depends on what only Nomad knows\n`);
  return isComplete ? EXIT_CODES.ok : EXIT_CODES.failed;
}

async function readTasks(path: string, options: MacOptions, io: CliIo): Promise<readonly VmTask[]> {
  try {
    const variables = await collectVariables(options, io);
    return findVmTasks(await readJobFile(path, { cwd: io.cwd, variables }), options.namespace);
  } catch (error) {
    if (error instanceof JobFileError) throw new Error(error.message, { cause: error });
    throw error;
  }
}

/** JSON's keys; null is what only Nomad knows. */
function toRow({ task, allocIndex, identity, nicIndex, network, source, macAddress }: PlannedNic) {
  const { namespace, jobId: job, group } = task;
  const bridge = network.mode === 'bridge' ? network.bridge : null;
  const place = { namespace, job, group, task: task.task, index: allocIndex };
  return { ...place, vm: identity ?? null, nic: nicIndex, mac: macAddress ?? null, source, bridge };
}

function renderTable(rows: readonly ReturnType<typeof toRow>[]): string {
  const cells = rows.map(row => [
    row.vm ?? '?',
    String(row.nic),
    row.mac ?? '?',
    row.source,
    row.bridge ?? 'user',
  ]);
  const lines = [['VM', 'NIC', 'MAC', 'FROM', 'NETWORK'], ...cells];
  const widths = [0, 1, 2, 3].map(column => Math.max(...lines.map(line => line[column]?.length ?? 0)));
  return lines
    .map(line => `${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}\n`)
    .join('');
}
