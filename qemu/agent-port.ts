import type { QmpEvent } from './qmp-message.ts';
import type { QmpPeer } from './run-state.ts';
import { toRecord } from './unknown-record.ts';

/** The id that `buildArguments` gives the guest agent's port, and its chardev. */
const AGENT_ID = 'agent';

/**
 * Whether an agent has just opened (true) or closed (false) its end of the port; undefined for any other event. Only
 * then is there somebody to be asked.
 */
export function readAgentPortChange(event: QmpEvent): boolean | undefined {
  const { id, open } = event.data;
  return event.event === 'VSERPORT_CHANGE' && id === AGENT_ID && typeof open === 'boolean' ? open : undefined;
}

/** Whether the agent's port is open, by the answer of `query-chardev`: for whoever missed the event. */
export function isAgentPortOpen(answer: unknown): boolean {
  const ports = Array.isArray(answer) ? answer.map(toRecord) : [];
  return ports.some(port => port?.['label'] === AGENT_ID && port['frontend-open'] === true);
}

/**
 * Whether nobody in the guest has opened the agent's port, so that it is in vain to ask there. False where qemu does not
 * say.
 */
export async function lacksAgent(vm: Pick<QmpPeer, 'query'>, signal: AbortSignal): Promise<boolean> {
  const answer = await vm.query('query-chardev', {}, signal).catch(() => undefined);
  return answer !== undefined && !isAgentPortOpen(answer);
}
