import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { parseTaskRecord } from '../../driver/task-record.ts';
import { isProcessAlive } from '../../qemu/process-identity.ts';

const LINES = 20;

/** What the VMs of a lab did last, for a person who wants to know why a test failed: stage, console, account, qemu. */
export async function describeVms(folder: string): Promise<string> {
  const records = globSync(`${folder}/*state/*/record.json`);
  return (await Promise.all(records.map(record => describeVm(folder, record)))).join('\n');
}

async function describeVm(folder: string, path: string): Promise<string> {
  const { taskId, stage, files } = parseTaskRecord(await readFile(path, 'utf8'));
  const qemu = stage.tag === 'running' ? `, qemu ${isProcessAlive(stage.qemu) ? 'runs' : 'is gone'}` : '';
  const shown = [files.console, files.account, files.qemuLog, files.shutdownTrace];
  const tails = await Promise.all(
    shown.map(async file => `--- ${relative(dirname(path), file)}\n${await readTail(file)}`),
  );
  return [`=== ${relative(folder, path)}: ${taskId}, ${stage.tag}${qemu}`, ...tails].join('\n');
}

async function readTail(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => ''); // written by then, or not
  return text.trimEnd().split('\n').slice(-LINES).join('\n');
}
