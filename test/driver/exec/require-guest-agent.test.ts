import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ExecTarget } from '../../../driver/exec/conversation.ts';
import { requireGuestAgent } from '../../../driver/exec/require-guest-agent.ts';
import { GuestAgent } from '../../../qemu/guest-agent.ts';
import { FakeGuestAgent } from '../../fakes/guest-agent.ts';

const caller = new AbortController().signal;

function targetOf(guestAgent: GuestAgent, status: string): ExecTarget {
  const query = async (name: string) =>
    name === 'query-status' ? { status } : [{ label: 'agent', 'frontend-open': true }];
  // Nobody asks for the console here.
  const vm = { guestAgent, query } as unknown as ExecTarget['vm'];
  return { vm, hasGuestAgent: true, note: () => undefined };
}

describe('requireGuestAgent()', () => {
  it.each([
    ['paused', 'the VM is paused; let it go on by "nomad alloc signal -s SIGCONT ALLOC"'],
    ['io-error', 'make room'],
    ['shutdown', 'the VM is off; where its job holds it, "nomad alloc signal -s SIGCONT ALLOC"'],
    ['guest-panicked', 'its guest has crashed'],
    ['internal-error', 'its guest has crashed'],
  ])('does not blame the agent of a VM that is in state "%s"', async (status, advice) => {
    await using silent = await FakeGuestAgent.listen({ isSilent: true });
    const target = targetOf(new GuestAgent(silent.path), status);
    await expect(requireGuestAgent(target, caller)).rejects.toThrow(advice);
    expect(silent.clients).toBe(0);
  });

  it('waits longer for an agent that is busy with others than that may take to answer', async () => {
    const commands = ['guest-exec', 'guest-exec-status'].map(name => ({ name, enabled: true }));
    const answer = () => ({ return: { supported_commands: commands } });
    await using fake = await FakeGuestAgent.listen({ answer });
    const agent = new GuestAgent(fake.path);
    const busy = agent.converse('guest-file-read', {}, () => delay(3_000));
    const enabled = await requireGuestAgent(targetOf(agent, 'running'), caller);
    await busy;
    expect([...enabled]).toEqual(['guest-exec', 'guest-exec-status']);
  });
});
