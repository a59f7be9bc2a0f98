import type { Command } from 'commander';
import {
  type ComparedHostKey,
  compareHostKeys,
} from '../../cloudinit-server/admin/page/compare-host-keys.ts';
import type { RegistrationSummary } from '../../cloudinit-server/admin/registration-report.ts';
import type { BootReport, VmReport, VmSummary } from '../../cloudinit-server/admin/vm-report.ts';
import { readMessage } from '../../cloudinit-server/errors.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import type { RunCommand } from '../run-command.ts';
import { type AdminApiOptions, addAdminOptions, askServer, encodeSeed } from './admin-api.ts';
import { describeChangedFiles } from './changed-files.ts';

interface ListOptions extends AdminApiOptions {
  readonly json?: boolean;
}

const HELP = `
States: booting, ready, failed (cloud-init ended, and a step of it failed), stuck, unobserved (its seed was fetched,
it was not asked to report), new.

Examples:
  $ nomad-vm list
  $ nomad-vm list alice
  $ nomad-vm list --json | jq -r '.vms[] | select(.state == "stuck") | .name'`;

/** `nomad-vm list`: how the boots of VMs stand, as the seed server sees them. */
export function addListCommand(program: Command, io: CliIo, run: RunCommand): void {
  const command = program
    .command('list')
    .description('print how far the VMs of a seed server are, or how the boot of one went')
    .argument('[vm]', 'print the steps of this one: path of its seed, or identity of a registered VM')
    .option('--json', 'print JSON');
  addAdminOptions(command, io)
    .addHelpText('after', HELP)
    .action((name: string | undefined, options: ListOptions) =>
      run(() => (name === undefined ? printList(options, io) : printVm(name, options, io))),
    );
}

async function printList(options: ListOptions, io: CliIo): Promise<ExitCode> {
  const text = await askServer(options, { aim: 'list VMs', path: '/vms' }, io);
  if (options.json) {
    io.writeOut(`${text}\n`);
    return EXIT_CODES.ok;
  }
  // Our own server's answer, of the same version.
  const { vms } = JSON.parse(text) as { readonly vms: readonly VmSummary[] };
  const rows = vms.map(vm => [
    vm.name,
    vm.state,
    vm.stage ?? '-',
    vm.address ?? '-',
    since(vm.boot_began_at),
    took(vm),
  ]);
  io.writeOut(renderTable([['VM', 'STATE', 'STAGE', 'ADDRESS', 'BOOT BEGAN', 'READY AFTER'], ...rows]));
  for (const vm of vms) for (const finding of vm.findings) io.writeOut(`${vm.name}: ${finding.text}\n`);
  return EXIT_CODES.ok;
}

async function printVm(name: string, options: ListOptions, io: CliIo): Promise<ExitCode> {
  const text = await askServer(options, { aim: `show "${name}"`, path: `/vms/${encodeSeed(name)}` }, io);
  if (options.json) {
    io.writeOut(`${text}\n`);
    return EXIT_CODES.ok;
  }
  // Our own server's answer, of the same version.
  const vm = JSON.parse(text) as VmReport;
  io.writeOut(
    `${vm.name}: ${vm.state}, ${vm.address ?? 'no address'}, cloud-init ${vm.cloud_init ?? 'unknown'}\n`,
  );
  if (vm.registration !== null) io.writeOut(`${describeRegistration(vm.registration, vm.seed)}\n`);
  for (const key of compareHostKeys(vm)) io.writeOut(`${describeHostKey(key)}\n`);
  const [boot] = vm.boots;
  if (boot !== undefined) {
    io.writeOut(`boot of ${since(boot.began_at)}, ${vm.boots.length} on record\n`);
    io.writeOut(renderFiles(boot));
    io.writeOut(renderSteps(boot));
  }
  for (const finding of vm.findings) io.writeOut(`${finding.text}\n`);
  for (const line of await readChanges(vm, options, io)) io.writeOut(`${line}\n`);
  return EXIT_CODES.ok;
}

/** Beside what is known of the VM; its files may not be there to compare any more. */
async function readChanges(vm: VmReport, options: ListOptions, io: CliIo): Promise<readonly string[]> {
  try {
    return await describeChangedFiles(vm.name, options, io);
  } catch (error) {
    return [readMessage(error)];
  }
}

function describeHostKey({ algorithm, told, printed }: ComparedHostKey): string {
  const onConsole = printed === undefined || printed === told ? '' : `, on its console ${printed}`;
  return `host key ${algorithm} ${told ?? 'not told'}${onConsole}`;
}

function renderFiles({ files }: BootReport): string {
  if (files.length === 0) return '';
  const rows = files.map(file => [
    `${file.at_s} s`,
    file.file,
    file.count === 1 ? 'once' : `${file.count} times`,
    String(file.status),
    String(file.bytes),
    file.content_id ?? '-',
    file.address,
    file.mac_address ?? '-',
    file.cloud_init ?? '-',
  ]);
  const heads = [
    'AT',
    'FILE',
    'FETCHED',
    'STATUS',
    'BYTES',
    'CONTENT',
    'ADDRESS',
    'MAC ADDRESS',
    'CLOUD-INIT',
  ];
  return renderTable([heads, ...rows]);
}

function renderSteps({ steps }: BootReport): string {
  if (steps.length === 0) return '';
  const rows = steps.map(step => [
    `${step.at_s} s`,
    step.name,
    step.took_s === null ? 'running' : `${step.took_s} s`,
    step.result ?? '',
  ]);
  return renderTable([['AT', 'STEP', 'TOOK', 'RESULT'], ...rows]);
}

function describeRegistration(registration: RegistrationSummary, seed: string | null): string {
  const { node, job, group, task, alloc_id, delivery, sealed_at, gone_at } = registration;
  return [
    `seed ${seed ?? 'of the job'} ${delivery === 'disk' ? 'on a disk' : 'by URL'}`,
    `job ${job}, ${group}/${task}`,
    `allocation ${alloc_id} on ${node}`,
    ...(sealed_at === null ? [] : [`sealed ${since(sealed_at)}`]),
    ...(gone_at === null ? [] : [`gone ${since(gone_at)}`]),
  ].join('; ');
}

function since(time: string | null): string {
  return time === null ? '-' : time.slice(0, 19).replace('T', ' ');
}

function took(vm: VmSummary): string {
  return vm.ready_after_s === null ? '-' : `${Math.round(vm.ready_after_s)} s`;
}

function renderTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0))) ?? [];
  return rows
    .map(
      row =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
