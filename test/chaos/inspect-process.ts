import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { DriverLab } from '../lab/driver-lab.ts';
import { asRecord } from '../lab/nomad/task.ts';

/** What only a process of Node itself can tell. */
export interface Insides {
  /** How many of each kind keep it running, such as `{ Timeout: 3, PipeWrap: 12 }`. */
  readonly resources: Readonly<Record<string, number>>;
  /** Objects in use, without those that only wait for the garbage collector. */
  readonly liveHeapKib: number;
}

/**
 * Looks into a process of Node in the lab, after a garbage collection. Opens its debugger, which stays open and takes
 * some memory: not to be done in the middle of a measurement.
 *
 * @throws when it doesn't answer
 */
export async function inspectProcess(lab: DriverLab, pid: number): Promise<Insides> {
  // Node's own handler starts the debugger (nodejs.org/api/process.html, "Signal events").
  process.kill(pid, 'SIGUSR1');
  const { stdout } = await lab.lab.exec([process.execPath, import.meta.filename]);
  return parseInsides(stdout);
}

const EXPRESSION =
  'JSON.stringify({ kinds: process.getActiveResourcesInfo(), heapBytes: process.memoryUsage().heapUsed })';

/** Reads what the expression yields. @throws TypeError on anything else */
export function parseInsides(text: string): Insides {
  const { kinds, heapBytes } = asRecord(JSON.parse(text));
  if (!Array.isArray(kinds) || typeof heapBytes !== 'number')
    throw new TypeError(`Cannot read a process's insides from "${text.slice(0, 200)}"`);
  const groups = Map.groupBy(kinds.map(String).sort(), kind => kind);
  const counts = [...groups].map(([kind, all]) => [kind, all.length] as const);
  return { resources: Object.fromEntries(counts), liveHeapKib: Math.round(heapBytes / 1024) };
}

/** Collects garbage and evaluates the expression in the process whose debugger listens here. */
async function askDebugger(signal: AbortSignal): Promise<string> {
  let targets: unknown;
  while (targets === undefined) {
    // It takes a moment to listen.
    targets = await fetch('http://127.0.0.1:9229/json/list', { signal }).then(
      answer => answer.json(),
      () => delay(100, undefined, { signal }),
    );
  }
  const url = /"webSocketDebuggerUrl":"([^"]+)"/.exec(JSON.stringify(targets))?.[1];
  if (url === undefined) throw new Error(`Cannot find a process to debug in ${JSON.stringify(targets)}`);
  const socket = new WebSocket(url);
  await once(socket, 'open', { signal });
  // The DevTools protocol; answered in order.
  const ask = async (method: string, params: object): Promise<unknown> => {
    socket.send(JSON.stringify({ id: 1, method, params }));
    const [{ data }] = await once(socket, 'message', { signal });
    return asRecord(JSON.parse(String(data)))['result'];
  };
  await ask('HeapProfiler.collectGarbage', {});
  const answer = asRecord(await ask('Runtime.evaluate', { expression: EXPRESSION, returnByValue: true }));
  socket.close();
  return String(asRecord(answer['result'])['value']);
}

// Run by inspectProcess() inside of the lab, where the debugger listens.
if (import.meta.main) process.stdout.write(await askDebugger(AbortSignal.timeout(10_000)));
