import { abortable } from '../../qemu/abortable.ts';
import { QemuError } from '../../qemu/errors.ts';
import type { GuestAgent } from '../../qemu/guest-agent.ts';
import { GuestProcess } from '../../qemu/guest-process.ts';
import { HAS_TERMINAL } from '../../qemu/guest-terminal.ts';
import { DriverError } from '../errors.ts';
import type { ExecInput, ExecOutput, ExecRequest, ExecTarget } from './conversation.ts';
import { InputQueue } from './input-queue.ts';
import { requireGuestAgent } from './require-guest-agent.ts';

/** What following a command needs beside guest-exec. */
const FOLLOWING = [
  'guest-file-open',
  'guest-file-close',
  'guest-file-read',
  'guest-file-write',
  'guest-file-flush',
];
const START_MS = 10_000;
const QUEUED_INPUT_BYTES = 256 * 1024;
/** The agent takes it in one piece, in base64. */
const MAX_COLLECTED_INPUT_BYTES = 1024 * 1024;

/**
 * Runs a command in the guest, as the agent's user, which is root. Where the guest has a shell, output comes as the command
 * prints it and input may be of any length; elsewhere output comes at the end, at most 16 MiB a stream, and input is
 * collected first. The command is ended when the user leaves.
 */
export async function* runInGuest(
  target: ExecTarget,
  request: ExecRequest,
): AsyncGenerator<ExecOutput, void> {
  const enabled = await requireGuestAgent(target, request.signal);
  const gone = new AbortController();
  const signal = AbortSignal.any([request.signal, gone.signal]);
  const { guestAgent } = target.vm;
  const wait = { signal, timeoutMs: START_MS };
  const canFollow = FOLLOWING.every(command => enabled.has(command));
  if (request.isTerminal && !(canFollow && (await hasTerminals(guestAgent, request.signal))))
    throw new DriverError('unsupported', describeNoTerminal(request.command));
  const process = canFollow
    ? await GuestProcess.start(guestAgent, request.command, wait, request.isTerminal)
    : undefined;
  if (process === undefined) {
    yield* runBuffered(target, request, signal, gone);
    return;
  }
  // It waits for input until the user leaves: what it throws ends the command, and it is not waited for.
  feed(process, request.inputs, signal).catch(error => gone.abort(error));
  try {
    yield* process.output(signal);
  } finally {
    gone.abort();
    await process.close();
  }
}

async function hasTerminals(agent: GuestAgent, signal: AbortSignal): Promise<boolean> {
  const [path, ...args] = HAS_TERMINAL;
  try {
    return (await agent.exec({ path, args }, { signal })).exitCode === 0;
  } catch (error) {
    signal.throwIfAborted();
    // A guest without a shell.
    if (error instanceof QemuError) return false;
    throw error;
  }
}

function describeNoTerminal([command]: readonly string[]): string {
  return (
    `Cannot give "${command}" a terminal: the guest has no "script" of util-linux; run it without by ` +
    '"nomad alloc exec -t=false", or log in by ssh or on the console by "nomad alloc exec -i -t ALLOC console"'
  );
}

async function feed(
  process: GuestProcess,
  inputs: AsyncIterable<ExecInput>,
  signal: AbortSignal,
): Promise<void> {
  const queue = new InputQueue(QUEUED_INPUT_BYTES);
  await Promise.all([passOn(queue, process, signal), listen(inputs, queue, process, signal)]);
}

async function passOn(queue: InputQueue, process: GuestProcess, signal: AbortSignal): Promise<void> {
  for (let data = await queue.take(); data !== undefined; data = await queue.take())
    await process.write(data, signal);
  await process.endInput(signal);
}

async function listen(
  inputs: AsyncIterable<ExecInput>,
  queue: InputQueue,
  process: GuestProcess,
  signal: AbortSignal,
): Promise<void> {
  for await (const input of inputs) {
    if (input.kind === 'stdin') await queue.push(input.data);
    if (input.kind === 'stdin-end') queue.end();
    if (input.kind === 'size') await process.resize(input.rows, input.columns, signal);
  }
}

async function* runBuffered(
  target: ExecTarget,
  { command: [path = '', ...args], inputs }: ExecRequest,
  signal: AbortSignal,
  gone: AbortController,
): AsyncGenerator<ExecOutput, void> {
  const input = collectInput(inputs, error => gone.abort(error));
  const collected = await abortable(input, signal);
  const { guestAgent } = target.vm;
  const result = await guestAgent.exec({ path, args, input: collected }, { signal });
  yield { kind: 'stdout', data: result.stdout };
  yield { kind: 'stderr', data: result.stderr };
  if (result.isTruncated)
    yield { kind: 'stderr', data: Buffer.from('nomad-driver-vm: output beyond 16 MiB was cut off\n') };
  yield { kind: 'exit', exitCode: result.exitCode };
}

/** Settles at the end of the input, and goes on listening for the user's leaving. */
function collectInput(inputs: AsyncIterable<ExecInput>, onGone: (error: unknown) => void): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const collect = async () => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    for await (const input of inputs) {
      if (input.kind === 'stdin-end') resolve(Buffer.concat(pieces));
      if (input.kind !== 'stdin') continue;
      pieces.push(input.data);
      bytes += input.data.length;
      if (bytes > MAX_COLLECTED_INPUT_BYTES) {
        throw new DriverError(
          'unsupported',
          `Cannot give a command more than ${MAX_COLLECTED_INPUT_BYTES} bytes of input: this guest takes it in one piece`,
        );
      }
    }
  };
  collect().catch(onGone);
  return promise;
}
