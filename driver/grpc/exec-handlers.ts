import type { Driver } from '../driver.ts';
import { DriverError } from '../errors.ts';
import type { ExecOutput, ExecTarget } from '../exec/conversation.ts';
import { exec } from '../exec/exec.ts';
import { execOnce } from '../exec/exec-once.ts';
import { sendSignal } from '../signals.ts';
import { readExecInputs } from './exec-inputs.ts';
import type { Bidi, Unary } from './handlers.ts';
import { exitResult } from './replies.ts';
import { isExpectedError } from './status.ts';
import { readBoolean, readDurationMs, readMessage, readString, readStringList } from './wire-reader.ts';

/** Nomad's client says something every 10 s. */
const SILENCE_MS = 31_000;
/** What docker exits with when it could not run a command, as opposed to one that failed. */
const REFUSED = 125;

/** The driver, made at the first call. */
type FindTask = () => Pick<Driver, 'find'>;

/** The Driver service's requests that reach into a VM, with one answer each. */
export function execHandlers(driver: FindTask): Readonly<Record<string, Unary>> {
  return {
    SignalTask: async (message, caller) => {
      const request = readMessage(message);
      const task = driver().find(readString(request, 'task_id'));
      await sendSignal(task, readString(request, 'signal'), caller);
      return {};
    },

    ExecTask: async (message, signal) => {
      const request = readMessage(message);
      const target = runningVm(driver(), readString(request, 'task_id'));
      const timeoutMs = readDurationMs(request, 'timeout') || undefined;
      const result = await execOnce(target, readStringList(request, 'command'), timeoutMs, signal);
      const { stdout, stderr, exitCode } = result;
      return { stdout, stderr, result: exitResult({ exitCode, signal: 0, isOomKilled: false }) };
    },
  };
}

/** The Driver service's conversations. */
export function execConversations(driver: FindTask): Readonly<Record<string, Bidi>> {
  return {
    ExecTaskStreaming: async function* (requests, signal) {
      // Never returned: that would destroy the call under the answers.
      const messages = requests[Symbol.asyncIterator]();
      const { value } = await messages.next();
      const setup = readMessage(readMessage(value)['setup']);
      const isTerminal = readBoolean(setup, 'tty');
      try {
        const target = runningVm(driver(), readString(setup, 'task_id'));
        const command = readStringList(setup, 'command');
        const inputs = readExecInputs(messages, SILENCE_MS, signal);
        for await (const output of exec(target, { command, isTerminal, inputs, signal }))
          yield* execReplies(output);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof Error && isExpectedError(error))) throw error;
        // Nomad 1.11.3 shows a status as "unexpected EOF" as often as not.
        const lineEnd = isTerminal ? '\r\n' : '\n';
        yield* execReplies({ kind: 'stderr', data: Buffer.from(`${error.message}${lineEnd}`) });
        yield* execReplies({ kind: 'exit', exitCode: REFUSED });
      }
    },
  };
}

/** The end of both streams, then the result: Nomad's client returns when the call ends after those. */
function* execReplies(output: ExecOutput): Generator<object, void> {
  if (output.kind !== 'exit') {
    if (output.data.length > 0) yield { [output.kind]: { data: output.data } };
    return;
  }
  yield { stdout: { close: true } };
  yield { stderr: { close: true } };
  const result = exitResult({ exitCode: output.exitCode, signal: 0, isOomKilled: false });
  yield { exited: true, result };
}

function runningVm(driver: Pick<Driver, 'find'>, taskId: string): ExecTarget {
  const task = driver.find(taskId);
  const { vm } = task;
  if (vm === undefined)
    throw new DriverError('vm-failed', `Cannot reach into the VM of task "${taskId}": it has ended`);
  const note = (text: string) => task.note(text);
  return { vm, hasGuestAgent: task.record.hasGuestAgent, note };
}
