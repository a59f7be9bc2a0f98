import { type Command, Option } from 'commander';
import type { DiffReport, FileDiff } from '../../cloudinit-server/preview/diff-report.ts';
import type { RenderReport } from '../../cloudinit-server/preview/render-report.ts';
import { INSTANCE_ID_POLICIES, type InstanceIdPolicy } from '../../cloudinit-server/render/instance-id.ts';
import { SEED_FILES, type SeedFile } from '../../cloudinit-server/seed-files.ts';
import type { OwnFiles } from '../../cloudinit-server/state/registration-table.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import { renderFinding } from '../job/finding.ts';
import { readDraft } from '../read-draft.ts';
import type { RunCommand } from '../run-command.ts';
import {
  type AdminApiOptions,
  type AdminRequest,
  addAdminOptions,
  askServer,
  encodeSeed,
} from './admin-api.ts';

interface RenderOptions extends AdminApiOptions {
  readonly file?: SeedFile;
  readonly seeds?: string;
  readonly diff?: boolean;
  readonly draft?: string;
  readonly showSecrets?: boolean;
  readonly json?: boolean;
  readonly instanceId: InstanceIdPolicy;
  readonly guestAgent?: boolean;
  readonly serverUrl?: string;
}

const HELP = `
With --seeds the files are rendered here, without what a running server adds to vendor-data by itself; else the seed
server is asked. What is wrong with the VM's own files goes to standard error, as "nomad-vm check" says it. Passwords, hashes, keys and tokens are shown as <redacted>, as far as they can be told from other text.

Examples:
  $ nomad-vm render alice --seeds seeds/
  $ nomad-vm render lab/vm1 --seeds seeds/ --file user-data --show-secrets
  $ nomad-vm render alice --file vendor-data
  $ nomad-vm render alice --diff
  $ nomad-vm render alice --draft new-user-data --diff`;

/** `nomad-vm render`: what a VM would get of its seed. */
export function addRenderCommand(program: Command, io: CliIo, run: RunCommand): void {
  const command = program
    .command('render')
    .description('print what a VM would get if it asked for its seed now')
    .argument('<vm>', "path of the VM's seed, or its identity where a driver has registered it")
    .addOption(new Option('--file <file>', 'this file only').choices(SEED_FILES))
    .option('--diff', 'print what differs from what the VM last got')
    .option('--draft <path>', 'as if this file were saved as --file, or as user-data without it')
    .option('--json', 'print JSON')
    .option('--seeds <dir>', 'render from this folder, without a server')
    .addOption(
      new Option('--instance-id <policy>', 'as the server is told, with --seeds')
        .choices(INSTANCE_ID_POLICIES)
        .default('stable'),
    )
    .option('--guest-agent', 'as the server is told, with --seeds')
    .option('--server-url <url>', 'the server as guests reach it, with --seeds')
    .option('--show-secrets', 'print everything, with --seeds');
  addAdminOptions(command, io)
    .addHelpText('after', HELP)
    .action((vm: string, options: RenderOptions) => run(() => render(vm, options, io)));
}

async function render(vm: string, options: RenderOptions, io: CliIo): Promise<ExitCode> {
  if (options.seeds === undefined) {
    if (options.showSecrets) {
      throw new Error(
        'Cannot show secrets of a running server: use --seeds DIR on a host that has the files',
      );
    }
    const draft = readDraftOption(options, io);
    return options.diff
      ? printDiff(vm, draft, options, io)
      : printReport(await fetchReport(vm, draft, options, io), options, io);
  }
  if (options.diff) {
    throw new Error('Cannot compare without a server: it knows what the VM last got; leave out --seeds');
  }
  // Brings a YAML parser, which asking a server does not need.
  const { renderFolder } = await import('../render-folder.ts');
  const seeds = { folder: options.seeds, cwd: io.cwd };
  const draft = readDraftOption(options, io);
  return printReport(await renderFolder(vm, { ...options, seeds, draft }), options, io);
}

/** Which file of the seed a draft stands for. */
function draftedFile(options: RenderOptions): SeedFile {
  return options.file ?? 'user-data';
}

function readDraftOption(options: RenderOptions, io: CliIo): OwnFiles | undefined {
  const { draft } = options;
  return draft === undefined ? undefined : readDraft({ path: draft, file: draftedFile(options) }, io.cwd);
}

/** How a server is asked, with the draft if there is one. */
function buildRequest(aim: string, path: string, draft: OwnFiles | undefined): AdminRequest {
  return draft === undefined
    ? { aim, path }
    : { aim, path, method: 'POST', body: JSON.stringify({ files: draft }) };
}

async function fetchReport(
  vm: string,
  draft: OwnFiles | undefined,
  options: RenderOptions,
  io: CliIo,
): Promise<RenderReport> {
  const query = options.file === undefined ? '' : `?file=${options.file}`;
  const path = `/vms/${encodeSeed(vm)}/render${query}`;
  const text = await askServer(options, buildRequest(`render "${vm}"`, path, draft), io);
  // Our own server's answer, of the same version.
  return JSON.parse(text) as RenderReport;
}

function printReport(report: RenderReport, options: RenderOptions, io: CliIo): ExitCode {
  if (options.json) {
    io.writeOut(`${JSON.stringify(report, undefined, 2)}\n`);
    return EXIT_CODES.ok;
  }
  for (const finding of report.findings) {
    const isDraft = options.draft !== undefined && finding.file === draftedFile(options);
    io.writeError(renderFinding({ ...finding, file: isDraft ? options.draft : finding.file }, false));
  }
  for (const { file, text, notes } of report.files) {
    for (const { message, reason } of notes) io.writeError(`${file}: ${message}: ${reason}\n`);
    // One file alone is printed as the guest gets it.
    if (options.file === undefined) io.writeOut(`==> ${file} <==\n`);
    io.writeOut(options.file === undefined && text !== '' && !text.endsWith('\n') ? `${text}\n` : text);
  }
  return EXIT_CODES.ok;
}

async function printDiff(
  vm: string,
  draft: OwnFiles | undefined,
  options: RenderOptions,
  io: CliIo,
): Promise<ExitCode> {
  const path = `/vms/${encodeSeed(vm)}/diff`;
  const text = await askServer(options, buildRequest(`compare "${vm}"`, path, draft), io);
  // Our own server's answer, of the same version.
  const report = JSON.parse(text) as DiffReport;
  const files = report.files.filter(({ file }) => options.file === undefined || file === options.file);
  if (options.json) io.writeOut(`${JSON.stringify({ ...report, files }, undefined, 2)}\n`);
  else for (const diff of files) io.writeOut(describeDiff(diff));
  return EXIT_CODES.ok;
}

function describeDiff({ file, state, served_at, diff }: FileDiff): string {
  const since = served_at === null ? '' : ` since ${served_at}`;
  if (state === 'same') return `${file}: as served${since}\n`;
  const title =
    state === 'changed' ? `${file}: differs from what is served${since}` : `${file}: never served`;
  return `${title}\n${diff ?? '(too different to compare)\n'}`;
}
