import { describe, expect, it } from 'vitest';
import { findVmSignal, stopMannerOf, VM_SIGNALS } from '../../driver/signals.ts';

describe('findVmSignal()', () => {
  it('maps the signals of the table to the buttons of a machine', () => {
    const commands = Object.entries(VM_SIGNALS).map(([name]) => `${name} ${findVmSignal(name).command}`);
    expect(commands).toEqual([
      'SIGTERM system_powerdown',
      'SIGINT system_powerdown',
      'SIGHUP system_reset',
      'SIGSTOP stop',
      'SIGTSTP stop',
      'SIGCONT cont',
      'SIGQUIT inject-nmi',
    ]);
  });

  it('takes names without SIG and in any case', () => {
    expect(findVmSignal('hup')).toBe(VM_SIGNALS['SIGHUP']);
    expect(findVmSignal('sigCont')).toBe(VM_SIGNALS['SIGCONT']);
  });

  it.each(['SIGUSR1', 'SIGWINCH', '9', '', 'toString'])('refuses %j with the whole table', name => {
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
