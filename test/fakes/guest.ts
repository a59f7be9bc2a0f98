import { spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AgentAnswer, FakeGuestAgent } from './guest-agent.ts';

const COMMANDS = ['ping', 'info', 'exec', 'exec-status'].concat(
  ['open', 'close', 'read', 'write', 'flush'].map(name => `file-${name}`),
);

interface OpenFile {
  readonly descriptor: number;
  buffered: Buffer;
  hasFailed: boolean;
}

type Args = Readonly<Record<string, unknown>>;

/**
 * A guest whose agent carries out its commands, on this host: what the agent runs sees a temporary folder as /run.
 * Files behave as the real agent's: buffered, not blocking, and with an error that sticks to one write too many.
 */
export class FakeGuest implements AsyncDisposable {
  readonly agent: FakeGuestAgent;
  readonly run: string;
  readonly #ended = new Map<number, Record<string, unknown>>();
  readonly #files = new Map<number, OpenFile>();

  private constructor(agent: FakeGuestAgent, run: string) {
    this.agent = agent;
    this.run = run;
  }

  /** @param blocked commands that the guest's settings forbid, such as `guest-exec`. */
  static async start(blocked: readonly string[] = []): Promise<FakeGuest> {
    const run = mkdtempSync(join(tmpdir(), 'guest-run-'));
    const carryOut: { answer: AgentAnswer } = { answer: () => undefined };
    const agent = await FakeGuestAgent.listen({ answer: (command, args) => carryOut.answer(command, args) });
    const guest = new FakeGuest(agent, run);
    carryOut.answer = (command, args) => {
      if (blocked.includes(command))
        return { error: { class: 'CommandNotFound', desc: `Command ${command} has been disabled` } };
      try {
        return { return: guest.#answer(command, args, blocked) };
      } catch (error) {
        return { error: { class: 'GenericError', desc: String(error) } };
      }
    };
    return guest;
  }

  /** What commands have left in /run. */
  leftovers(): readonly string[] {
    return readdirSync(this.run);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.agent[Symbol.asyncDispose]();
    for (const { descriptor } of this.#files.values()) closeSync(descriptor);
    rmSync(this.run, { recursive: true, force: true });
  }

  #answer(command: string, args: Args, blocked: readonly string[]): unknown {
    const file = this.#files.get(Number(args['handle']));
    switch (command) {
      case 'guest-ping':
        return {};
      case 'guest-info': {
        const names = COMMANDS.map(name => `guest-${name}`);
        return { supported_commands: names.map(name => ({ name, enabled: !blocked.includes(name) })) };
      }
      case 'guest-exec':
        return { pid: this.#exec(args) };
      case 'guest-exec-status':
        return this.#status(Number(args['pid']));
      case 'guest-file-open':
        return this.#open(String(args['path']), String(args['mode']));
    }
    if (file === undefined) throw new Error('handle not found');
    switch (command) {
      case 'guest-file-close':
        closeSync(file.descriptor);
        this.#files.delete(Number(args['handle']));
        return {};
      case 'guest-file-read':
        return read(file, Number(args['count']));
      case 'guest-file-write':
        return write(file, Buffer.from(String(args['buf-b64']), 'base64'));
      case 'guest-file-flush':
        return flush(file);
    }
    throw new Error('command not found');
  }

  #exec(args: Args): number {
    const argv = Array.isArray(args['arg']) ? args['arg'].map(text => this.#path(String(text))) : [];
    const child = spawn(String(args['path']), argv, { stdio: 'pipe' });
    const { pid } = child;
    if (pid === undefined) {
      child.on('error', () => undefined);
      throw new Error('Failed to execute child process (No such file or directory)');
    }
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (data: Buffer) => output.push(data));
    child.stderr.on('data', (data: Buffer) => errors.push(data));
    child.stdin.on('error', () => undefined);
    child.stdin.end(Buffer.from(String(args['input-data'] ?? ''), 'base64'));
    child.on('close', (exitcode, signal) =>
      this.#ended.set(pid, {
        exited: true,
        ...(signal === null ? { exitcode } : { signal: signal === 'SIGKILL' ? 9 : 15 }),
        'out-data': Buffer.concat(output).toString('base64'),
        'err-data': Buffer.concat(errors).toString('base64'),
      }),
    );
    return pid;
  }

  #status(pid: number): unknown {
    const ended = this.#ended.get(pid);
    this.#ended.delete(pid);
    return ended ?? { exited: false };
  }

  #open(path: string, mode: string): number {
    const flags = {
      r: constants.O_RDONLY,
      'r+': constants.O_RDWR,
      w: constants.O_WRONLY | constants.O_TRUNC,
    }[mode];
    if (flags === undefined) throw new Error(`unsupported mode ${mode}`);
    const descriptor = openSync(this.#path(path), flags | constants.O_NONBLOCK);
    this.#files.set(descriptor, { descriptor, buffered: Buffer.alloc(0), hasFailed: false });
    return descriptor;
  }

  #path(path: string): string {
    return path.replaceAll('/run/nomad-exec', join(this.run, 'nomad-exec'));
  }
}

function read({ descriptor }: OpenFile, count: number): unknown {
  const buffer = Buffer.alloc(count);
  const bytes = readSync(descriptor, buffer, 0, count, null);
  return { count: bytes, 'buf-b64': buffer.toString('base64', 0, bytes), eof: bytes < count };
}

function write(file: OpenFile, data: Buffer): unknown {
  file.buffered = Buffer.concat([file.buffered, data]);
  const hadFailed = file.hasFailed;
  file.hasFailed = false;
  if (hadFailed) throw new Error('failed to write to file');
  return { count: data.length, eof: false };
}

function flush(file: OpenFile): unknown {
  const data = file.buffered;
  file.buffered = Buffer.alloc(0);
  try {
    if (data.length > 0) writeSync(file.descriptor, data);
    return {};
  } catch {
    // EAGAIN: what could not be written is forgotten.
    file.hasFailed = true;
    throw new Error('failed to flush file: Resource temporarily unavailable');
  }
}
