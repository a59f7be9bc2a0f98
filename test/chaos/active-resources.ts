import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { DriverLab } from '../lab/driver-lab.ts';

/** How many of each kind of resource keep a process of Node running, such as `{ Timeout: 3, PipeWrap: 12 }`. */
export type ActiveResources = Readonly<Record<string, number>>;

/**
 * Asks a process of Node in the lab for its active resources. It opens the process's debugger for that, which stays
 * open: to be asked after all else was measured.
 *
 * @throws when it doesn't answer
 */
export async function readActiveResources(lab: DriverLab, pid: number): Promise<ActiveResources> {
  // Node's own handler starts the debugger (nodejs.org/api/process.html, "Signal events").
  process.kill(pid, 'SIGUSR1');
  const { stdout } = await lab.lab.exec([process.execPath, import.meta.filename]);
  return countKinds(JSON.parse(stdout));
}

/** Counts the names in a list. */
export function countKinds(list: unknown): ActiveResources {
  if (!Array.isArray(list)) throw new TypeError('Cannot count resources: they are no list');
  const kinds = Map.groupBy(list.map(String), kind => kind);
  return Object.fromEntries([...kinds].sort().map(([kind, all]) => [kind, all.length]));
}

const DEBUGGER = 'http://127.0.0.1:9229/json/list';

/** Evaluates an expression that yields a string in the process whose debugger listens here. */
async function evaluate(expression: string, signal: AbortSignal): Promise<string> {
  let targets: unknown;
  while (targets === undefined) {
    // It takes a moment to listen.
    targets = await fetch(DEBUGGER, { signal }).then(
      answer => answer.json(),
      () => delay(100, undefined, { signal }),
    );
  }
  const url = /"webSocketDebuggerUrl":"([^"]+)"/.exec(JSON.stringify(targets))?.[1];
  if (url === undefined) throw new Error(`Cannot find a process to debug in ${JSON.stringify(targets)}`);
  const socket = new WebSocket(url);
  await once(socket, 'open', { signal });
  socket.send(
    JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression, returnByValue: true } }),
  );
  const [message] = await once(socket, 'message', { signal });
  socket.close();
  // The DevTools protocol: { id, result: { result: { value } } }.
  const answer = JSON.parse(message.data) as { readonly result?: { readonly result?: { value?: unknown } } };
  return String(answer.result?.result?.value);
}

// Run by readActiveResources() inside of the lab, where the debugger listens.
if (import.meta.main) {
  const expression = 'JSON.stringify(process.getActiveResourcesInfo())';
  process.stdout.write(await evaluate(expression, AbortSignal.timeout(10_000)));
}
