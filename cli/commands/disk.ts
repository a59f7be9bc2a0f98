import { join } from 'node:path';
import type { Command } from 'commander';
import { DISKS_FOLDER, PLUGIN_DEFAULTS } from '../../driver/config/plugin-options.ts';
import {
  listPersistentDisks,
  type PersistentDisk,
  removePersistentDisk,
} from '../../driver/persistent-disks.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import type { RunCommand } from '../run-command.ts';

interface DiskOptions {
  readonly disksDir: string;
  readonly json?: boolean;
}

const HELP = `
Run it on the node that has the disks, as root.

Examples:
  $ nomad-vm disk list
  $ nomad-vm disk remove default/alice`;

/** `nomad-vm disk`: the disks of jobs with `disk = "persistent"`, which the driver never removes. */
export function addDiskCommand(program: Command, io: CliIo, run: RunCommand): void {
  const disk = program
    .command('disk')
    .description('list and remove the persistent disks of this node')
    .addHelpText('after', HELP);
  const folder = ['--disks-dir <folder>', "the plugin's disks_dir"] as const;
  const defaultFolder = join(PLUGIN_DEFAULTS.state_dir, DISKS_FOLDER);
  disk
    .command('list')
    .description('print every disk, whose it is and whether a VM uses it')
    .option(...folder, defaultFolder)
    .option('--json', 'print JSON')
    .action((options: DiskOptions) => run(async () => printDisks(options, io)));
  disk
    .command('remove')
    .description('remove the disk of a VM, for good')
    .argument('<vm>', 'as "nomad-vm disk list" prints it, such as default/alice')
    .option(...folder, defaultFolder)
    .action((vm: string, options: DiskOptions) =>
      run(async () => {
        const { path } = removePersistentDisk(options.disksDir, vm);
        io.writeOut(`removed "${path}"\n`);
        return EXIT_CODES.ok;
      }),
    );
}

function printDisks({ disksDir, json }: DiskOptions, io: CliIo): ExitCode {
  const disks = listPersistentDisks(disksDir);
  if (json) {
    const rows = disks.map(({ identity, path, usedBytes, modifiedAt, isInUse, basePath = null }) => {
      return {
        vm: identity,
        path,
        used_bytes: usedBytes,
        modified_at: modifiedAt,
        in_use: isInUse,
        image: basePath,
      };
    });
    io.writeOut(`${JSON.stringify(rows, undefined, 2)}\n`);
  } else io.writeOut(renderTable([['VM', 'USED', 'WRITTEN', 'STATE', 'IMAGE'], ...disks.map(toRow)]));
  return EXIT_CODES.ok;
}

function toRow(disk: PersistentDisk): readonly string[] {
  return [
    disk.identity,
    `${Math.ceil(disk.usedBytes / 2 ** 20)}M`,
    disk.modifiedAt.toISOString().slice(0, 19),
    disk.isInUse ? 'in use' : 'free',
    disk.basePath ?? '?',
  ];
}

function renderTable(rows: readonly (readonly string[])[]): string {
  const widths = [0, 1, 2, 3].map(column => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  return rows
    .map(row => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}\n`)
    .join('');
}
