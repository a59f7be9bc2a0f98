import { describe, expect, it } from 'vitest';
import {
  findVmSignal,
  type SignalTarget,
  sendSignal,
  stopMannerOf,
  VM_SIGNALS,
} from '../../driver/signals.ts';
import type { VmPhase } from '../../driver/task-state.ts';

/** A task in a phase, and what is done to it. */
function fakeTask(phase: VmPhase) {
  const done: string[] = [];
  const process = { pid: 1, startTicks: 1, bootId: 'b' };
  const task: SignalTarget = {
    vm: {
      command: async name => void done.push(name),
      query: async name => {
        done.push(name);
        return [{ stats: { rd_bytes: 3 * 2 ** 20, wr_bytes: 2 ** 19 } }];
      },
    },
    record: { stage: { tag: 'running', wrapper: process, qemu: process, startedAt: '', phase } },
    note: message => void done.push(message),
    powerOn: async () => {
      if (phase.tag === 'held') done.push('power on');
      return phase.tag === 'held';
    },
  };
  return { task, done };
}

describe('sendSignal()', () => {
  const { signal } = new AbortController();

  it('presses the button and notes it', async () => {
    const { task, done } = fakeTask({ tag: 'on' });
    await sendSignal(task, 'SIGHUP', signal);
    expect(done).toEqual(['system_reset', 'pressed the reset button: SIGHUP was sent']);
  });

  it('has the I/O of the VM told, and leaves the VM alone', async () => {
    const { task, done } = fakeTask({ tag: 'on' });
    await sendSignal(task, 'SIGUSR1', signal);
    expect(done).toEqual([
      'query-blockstats',
      expect.stringMatching(/^I\/O since the VM was started: disk read 3\.0 MiB, written 0\.5 MiB; network /),
    ]);
  });

  it('does nothing to a guest that is held but switch it on', async () => {
    const { task, done } = fakeTask({ tag: 'held', since: '' });
    await sendSignal(task, 'SIGHUP', signal);
    await sendSignal(task, 'SIGCONT', signal);
    expect(done).toEqual([
      'SIGHUP was sent, and does nothing: the guest is off; SIGCONT switches it on',
      'power on',
    ]);
  });

  it('says that a VM has ended', async () => {
    const { task } = fakeTask({ tag: 'on' });
    await expect(sendSignal({ ...task, vm: undefined }, 'SIGTERM', signal)).rejects.toThrow('it has ended');
  });
});

describe('findVmSignal()', () => {
  it('maps the signals of the table to the buttons of a machine', () => {
    const commands = Object.keys(VM_SIGNALS).map(name => {
      const found = findVmSignal(name);
      return `${name} ${found === 'tell-io' ? found : found.command}`;
    });
    expect(commands).toEqual([
      'SIGTERM system_powerdown',
      'SIGINT system_powerdown',
      'SIGHUP system_reset',
      'SIGSTOP stop',
      'SIGTSTP stop',
      'SIGCONT cont',
      'SIGQUIT inject-nmi',
      'SIGUSR1 tell-io',
    ]);
  });

  it('takes names without SIG and in any case', () => {
    expect(findVmSignal('hup')).toBe(VM_SIGNALS['SIGHUP']);
    expect(findVmSignal('sigCont')).toBe(VM_SIGNALS['SIGCONT']);
  });

  it.each(['SIGUSR2', 'SIGWINCH', '9', '', 'toString'])('refuses %j with the whole table', name => {
    const find = () => findVmSignal(name);
    for (const known of Object.keys(VM_SIGNALS)) expect(find).toThrow(known);
    expect(find).toThrow(`Cannot send "${name}" to a VM`);
  });

  it('refuses SIGKILL, which "nomad alloc signal" sends by itself', () => {
    expect(() => findVmSignal('SIGKILL')).toThrow('to end the VM, stop its job or allocation');
  });
});

describe('stopMannerOf()', () => {
  it('cuts the power for SIGKILL alone', () => {
    expect(['', 'SIGTERM', 'SIGINT', 'SIGHUP'].map(stopMannerOf)).toEqual(Array(4).fill('as-configured'));
    expect(['SIGKILL', 'kill'].map(stopMannerOf)).toEqual(['at-once', 'at-once']);
  });
});
