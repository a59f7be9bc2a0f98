import type { ConsoleAttachment } from '../../qemu/console-attachment.ts';
import { DriverError } from '../errors.ts';
import type { ExecInput, ExecOutput, ExecRequest, ExecTarget } from './conversation.ts';

/** Ctrl-], as with telnet and virsh. Nomad's own `~.` ends the command line's side as well. */
const DETACH = 0x1d;

/**
 * Attaches a user to the serial console until the user detaches or the VM ends. All who are attached see the same and
 * may type. Bytes pass as they are, both ways; a serial line has no size, so the terminal's is not passed on.
 */
export async function* attachConsole(
  { vm, note }: ExecTarget,
  { isTerminal, inputs, signal }: ExecRequest,
): AsyncGenerator<ExecOutput, void> {
  if (!isTerminal) {
    throw new DriverError(
      'unsupported',
      'Cannot attach to the console without a terminal: use "nomad alloc exec -i -t ALLOC console", or give a command to ' +
        'run in the guest',
    );
  }
  const attachment = await vm.console.attach(signal);
  const users = vm.console.users;
  const session = { hasDetached: false, failure: undefined as unknown };
  const detach = () => {
    session.hasDetached = true;
    attachment.close();
  };
  const leave = (failure: unknown) => {
    session.failure = failure;
    attachment.close();
  };
  const onAbort = () => leave(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  note(`a user attached to the console; ${users} attached now`);
  // It waits for input until the user leaves, and is not waited for.
  typeInto(attachment, inputs, detach).catch(leave);
  try {
    yield print(renderWelcome(users));
    yield print(attachment.recent);
    yield* show(attachment);
    if (session.failure !== undefined) throw session.failure;
    yield print(session.hasDetached ? '\r\n[detached]\r\n' : '\r\n[the VM has ended]\r\n');
    yield { kind: 'exit', exitCode: 0 };
  } finally {
    signal.removeEventListener('abort', onAbort);
    attachment.close();
    note(`a user left the console; ${vm.console.users} attached now`);
  }
}

async function* show(attachment: ConsoleAttachment): AsyncGenerator<ExecOutput, void> {
  for (let taken = await attachment.take(); taken !== undefined; taken = await attachment.take()) {
    if (taken.droppedBytes > 0)
      yield print(`\r\n[${taken.droppedBytes} bytes not shown; "nomad alloc logs" has them]\r\n`);
    yield print(taken.data);
  }
}

async function typeInto(
  attachment: ConsoleAttachment,
  inputs: AsyncIterable<ExecInput>,
  detach: () => void,
): Promise<void> {
  for await (const input of inputs) {
    if (input.kind === 'stdin-end') detach();
    if (input.kind !== 'stdin') continue;
    const end = input.data.indexOf(DETACH);
    // A guest that reads nothing for a megabyte gets no more: somebody is typing, and sees that nothing happens.
    attachment.write(end === -1 ? input.data : input.data.subarray(0, end));
    if (end !== -1) detach();
  }
}

function renderWelcome(users: number): string {
  const others = users > 1 ? `; ${users - 1} more attached, all see and type the same` : '';
  return `[attached to the serial console; detach with Ctrl-]${others}]\r\n`;
}

function print(text: string | Buffer): ExecOutput {
  return { kind: 'stdout', data: Buffer.from(text) };
}
