import { describe, expect, it } from 'vitest';
import { isAgentPortOpen, lacksAgent, readAgentPortChange } from '../../qemu/agent-port.ts';

describe('readAgentPortChange()', () => {
  const event = (name: string, data: Readonly<Record<string, unknown>>) => ({
    event: name,
    data,
    at: undefined,
  });

  it("reads the agent's port and no other", () => {
    expect(readAgentPortChange(event('VSERPORT_CHANGE', { id: 'agent', open: true }))).toBe(true);
    expect(readAgentPortChange(event('VSERPORT_CHANGE', { id: 'agent', open: false }))).toBe(false);
    expect(readAgentPortChange(event('VSERPORT_CHANGE', { id: 'spice', open: true }))).toBeUndefined();
    expect(readAgentPortChange(event('RESET', { id: 'agent', open: true }))).toBeUndefined();
  });
});

describe('isAgentPortOpen()', () => {
  it('finds the port in what query-chardev answers', () => {
    const ports = (open: boolean) => [
      { label: 'qmp', 'frontend-open': true, filename: 'unix:' },
      { label: 'agent', 'frontend-open': open, filename: 'disconnected:unix:' },
    ];
    expect(isAgentPortOpen(ports(true))).toBe(true);
    expect(isAgentPortOpen(ports(false))).toBe(false);
    expect(isAgentPortOpen(undefined)).toBe(false);
  });
});

describe('lacksAgent()', () => {
  const { signal } = new AbortController();

  it.each([
    [[{ label: 'agent', 'frontend-open': false }], true],
    [[{ label: 'agent', 'frontend-open': true }], false],
    [[], true],
  ])('takes what qemu says: %j', async (answer, lacks) => {
    expect(await lacksAgent({ query: async () => answer }, signal)).toBe(lacks);
  });

  it('does not give up an agent because qemu does not answer', async () => {
    expect(await lacksAgent({ query: () => Promise.reject(new Error('stalled')) }, signal)).toBe(false);
  });
});
