import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { LabProcess } from '../lab-process.ts';
import { asArray, asRecord } from './task.ts';

/**
 * Waits until an agent's node takes jobs and has found out about all its drivers.
 *
 * @param getJson asks the agent's HTTP API
 * @param wanted the node's name, and those that must be among its drivers
 * @throws when the agent ends, or isn't ready after a minute; with the end of its log
 */
export async function waitUntilReady(
  agent: LabProcess,
  getJson: (path: string) => Promise<unknown>,
  wanted: { readonly node: string; readonly drivers: readonly string[] },
): Promise<void> {
  const signal = AbortSignal.timeout(60_000);
  let hasEnded = false;
  const ended = agent.exited.then(() => {
    hasEnded = true;
  });
  let found: unknown;
  while (!signal.aborted && !hasEnded) {
    try {
      const nodes = asArray(await getJson('/v1/nodes')).map(asRecord);
      const node = asRecord(nodes.find(({ Name: name }) => name === wanted.node));
      found = { status: node['Status'], drivers: node['Drivers'] };
      const known = asRecord(node['Drivers']);
      if (
        node['Status'] === 'ready' &&
        wanted.drivers.every(name => asRecord(known[name])['Detected'] === true)
      )
        return;
    } catch (error) {
      found = String(error); // not listening yet, or no leader
    }
    await Promise.race([delay(100, undefined, { signal }).catch(() => undefined), ended]);
  }
  const log = (await readFile(agent.logFile, 'utf8')).split('\n').slice(-40).join('\n');
  throw new Error(
    `Nomad ${hasEnded ? 'ended' : 'is not ready after 60 s'}; its node: ${JSON.stringify(found)}; the end of its log:\n${log}`,
  );
}
