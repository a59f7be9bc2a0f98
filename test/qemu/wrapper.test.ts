import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readExitStatus } from '../../qemu/vm-exit.ts';
import { buildVmFiles, type VmFiles } from '../../qemu/vm-files.ts';
import { buildWrapperCommand } from '../../qemu/wrapper.ts';

let dir: string;
let files: VmFiles;
let wrapper: ChildProcess | undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nomad-driver-vm-wrapper-'));
  files = buildVmFiles({ stateRoot: join(dir, 's'), runRoot: join(dir, 'r') }, 'vm');
  for (const folder of [files.stateDir, files.runDir]) mkdirSync(folder, { recursive: true });
  for (const path of [files.console, files.account]) writeFileSync(path, '');
});

afterEach(() => {
  if (wrapper?.pid !== undefined && wrapper.exitCode === null) process.kill(-wrapper.pid, 'SIGKILL');
  rmSync(dir, { recursive: true });
});

/** Runs a command in the place of qemu. */
function run(
  command: readonly string[],
  options: { readonly log?: string; readonly cgroups?: readonly string[] } = {},
) {
  const [shell = '', ...args] = buildWrapperCommand({
    files,
    command,
    consoleLogPath: options.log ?? '/dev/null',
    accountLogPath: '/dev/null',
    cgroupProcsPaths: options.cgroups ?? [],
  });
  wrapper = spawn(shell, args, { detached: true, stdio: 'ignore', cwd: dir });
  return wrapper;
}

/** A FIFO with a reader that never blocks. */
function openFifo(): { readonly path: string; readonly read: () => string; readonly close: () => void } {
  const path = join(dir, 'fifo');
  execFileSync('mkfifo', [path]);
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const chunk = Buffer.alloc(65_536);
  let text = '';
  const read = () => {
    try {
      for (;;) {
        const size = readSync(fd, chunk);
        if (size === 0) return text;
        text += chunk.toString('latin1', 0, size);
      }
    } catch {
      // EAGAIN: nothing more for now.
      return text;
    }
  };
  return { path, read, close: () => closeSync(fd) };
}

/** From now on nothing can be written to it, as on a full disk. */
function refuseWrites(path: string): void {
  mkdirSync(`${path}.new`);
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  return child.exitCode ?? (await once(child, 'exit'))[0];
}

describe('buildWrapperCommand()', () => {
  it('records the exit status once the command has ended, and ends when the account is closed', async () => {
    const child = run(['/bin/sh', '-c', 'exit 3']);
    await vi.waitFor(() => expect(readExitStatus(files)).toEqual({ kind: 'exited', exitCode: 3 }));
    writeFileSync(files.accountClosed, '');
    await exitOf(child);
  });

  it('records a signal', async () => {
    run(['/bin/sh', '-c', 'kill -KILL $$']);
    await vi.waitFor(() => expect(readExitStatus(files)).toEqual({ kind: 'killed', signal: 9 }));
  });

  it('records it elsewhere where the disk is full', async () => {
    refuseWrites(files.exitStatus);
    run(['/bin/sh', '-c', 'exit 3']);
    await vi.waitFor(() => expect(readExitStatus(files)).toEqual({ kind: 'exited', exitCode: 3 }));
    expect(existsSync(files.exitStatus)).toBe(false);
  });

  it('ends with the command where nothing can be recorded at all', async () => {
    refuseWrites(files.exitStatus);
    refuseWrites(files.spareExitStatus);
    await exitOf(run(['/bin/sh', '-c', 'exit 3']));
    expect(readExitStatus(files)).toBeUndefined();
  });

  it('records the pid of the command itself, and what it prints', async () => {
    run(['/bin/sh', '-c', 'echo "I am $$"; exit 0']);
    await vi.waitFor(() => expect(readExitStatus(files)).toBeDefined());
    const pid = readFileSync(files.qemuPid, 'utf8').trim();
    expect(readFileSync(files.qemuLog, 'utf8')).toBe(`I am ${pid}\n`);
  });

  it('tells the pid of the command though the state folder takes nothing more', async () => {
    mkdirSync(join(files.stateDir, 'qemu.pid'));
    run(['/bin/sh', '-c', 'echo $$']);
    await vi.waitFor(() => expect(readExitStatus(files)).toBeDefined());
    expect(readFileSync(files.qemuLog, 'utf8')).toBe(readFileSync(files.qemuPid, 'utf8'));
  });

  it('hands over arguments as they are: no shell ever looks at them', async () => {
    const hostile = ['$(touch pwned)', '`touch pwned`', '; touch pwned', 'a b', "'", '"', '*', '-n', ''];
    run(['/usr/bin/printf', '<%s>', ...hostile]);
    await vi.waitFor(() => expect(readExitStatus(files)).toBeDefined());
    expect(readFileSync(files.qemuLog, 'utf8')).toBe(hostile.map(text => `<${text}>`).join(''));
    expect(existsSync(join(dir, 'pwned'))).toBe(false);
  });

  it('copies the console to the FIFO: every byte, once, in order, to the last', async () => {
    const fifo = openFifo();
    const lines = Array.from({ length: 2_000 }, (_, index) => `line ${index}\n`).join('');
    const child = run(
      [
        '/bin/sh',
        '-c',
        'i=0; while [ $i -lt 2000 ]; do echo "line $i"; i=$((i+1)); done >>"$0"',
        files.console,
      ],
      { log: fifo.path },
    );
    await vi.waitFor(() => expect(readExitStatus(files)).toBeDefined());
    writeFileSync(files.accountClosed, '');
    await vi.waitFor(() => {
      fifo.read();
      expect(child.exitCode).toBe(0);
    }, 5_000);
    expect(fifo.read()).toBe(lines);
    fifo.close();
  });

  it('goes on copying when the reader of the FIFO goes away and comes back', async () => {
    const path = join(dir, 'fifo');
    execFileSync('mkfifo', [path]);
    run(['/bin/sleep', '60'], { log: path });
    const open = () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const buffer = Buffer.alloc(100);
    const readSome = (fd: number) => {
      try {
        return buffer.toString('latin1', 0, readSync(fd, buffer));
      } catch {
        // EAGAIN: nothing yet.
        return '';
      }
    };
    const first = open();
    appendFileSync(files.console, 'one');
    await vi.waitFor(() => expect(readSome(first)).toBe('one'), 3_000);
    closeSync(first);
    appendFileSync(files.console, 'two');
    const second = open();
    await vi.waitFor(() => expect(readSome(second)).toBe('two'), 3_000);
    closeSync(second);
  });

  it('does not start the command outside a cgroup it should be in', async () => {
    await exitOf(run(['/usr/bin/touch', join(dir, 'started')], { cgroups: [join(dir, 'absent/procs')] }));
    expect(existsSync(join(dir, 'started'))).toBe(false);
    expect(readFileSync(files.qemuLog, 'utf8')).toBe(
      `cannot join control group by '${join(dir, 'absent/procs')}'\n`,
    );
  });

  it('joins each cgroup with its own pid before the command starts', async () => {
    const groups = [join(dir, 'one'), join(dir, 'two')];
    run(['/bin/cat', ...groups], { cgroups: groups });
    await vi.waitFor(() => expect(readExitStatus(files)).toBeDefined());
    expect(readFileSync(files.qemuLog, 'utf8')).toBe('0\n0\n');
  });
});
