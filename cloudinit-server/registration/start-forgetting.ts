import { readMessage } from '../errors.ts';
import type { Observer } from '../observe/observer.ts';
import type { ServerLog } from '../server-log.ts';
import type { Registrar } from './registrar.ts';

/** How often it is looked whether there is something to forget. */
const LOOK_MS = 3600_000;

/** What forgetting works with. */
export interface ForgettingOptions {
  readonly registrar: Registrar;
  readonly observer: Pick<Observer, 'forget'>;
  /** How long a VM is remembered after its driver has taken it off. */
  readonly forgetAfterMs: number;
  readonly log: ServerLog;
  /** ms since the epoch. */
  readonly now: () => number;
}

/** Forgets VMs that are gone for long enough, now and from time to time, until it is disposed of. */
export function startForgetting(options: ForgettingOptions): Disposable {
  const { registrar, observer, forgetAfterMs, log, now } = options;
  const look = () => {
    try {
      for (const vm of registrar.forgetGone(now() - forgetAfterMs)) observer.forget(vm);
    } catch (error) {
      log.error('state not written', { reason: readMessage(error) });
    }
  };
  look();
  const timer = setInterval(look, LOOK_MS).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
