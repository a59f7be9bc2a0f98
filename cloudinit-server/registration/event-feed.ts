import { EventEmitter } from 'node:events';
import type { VmEvent, VmEventBody } from '../client/drivers-api-types.ts';
import type { EventTable } from '../state/event-table.ts';
import type { RegisteredVm } from '../state/registration-table.ts';
import type { WantedEvents } from './parse-events-query.ts';

/** Events of one answer; who wants more asks again. */
export const MAX_EVENTS_AT_ONCE = 500;

/** Some events, and where to go on. */
export interface EventPage {
  readonly events: readonly VmEvent[];
  readonly cursor: number;
}

/** What drivers are told, from the record, and as soon as it is there. */
export interface EventFeed {
  /** On record when this returns, or with the transaction that it is part of. */
  add(registered: RegisteredVm, body: VmEventBody, at: number): void;
  /** The next events, or none when the time is over or the signal is aborted; never rejects for that. */
  wait(wanted: WantedEvents, signal: AbortSignal): Promise<EventPage>;
}

/** Creates one. */
export function createEventFeed(events: EventTable): EventFeed {
  const added = new EventEmitter().setMaxListeners(0);
  const read = ({ node, after }: WantedEvents): EventPage => {
    // A cursor from the future is one of a state that was lost: all that there is, is new to its owner.
    const from = after > events.lastCursor() ? 0 : after;
    const page = events.list(node, from, MAX_EVENTS_AT_ONCE);
    return { events: page, cursor: page.at(-1)?.cursor ?? from };
  };
  return {
    add: ({ vm, facts }, body, at) => {
      events.add({ vmId: vm.id, node: facts.node, allocId: facts.allocId, at, body });
      // After the transaction that this may be part of.
      queueMicrotask(() => added.emit(facts.node));
    },
    wait: async (wanted, signal) => {
      const end = AbortSignal.any([signal, AbortSignal.timeout(wanted.waitMs)]);
      for (;;) {
        const page = read(wanted);
        if (page.events.length > 0 || wanted.waitMs === 0 || end.aborted) return page;
        await waitForEvent(added, wanted.node, end);
      }
    },
  };
}

/** Resolves when something was added for a node, or when the signal is aborted. */
function waitForEvent(added: EventEmitter, node: string, end: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = () => {
    added.off(node, done);
    end.removeEventListener('abort', done);
    resolve();
  };
  added.on(node, done);
  end.addEventListener('abort', done);
  return promise;
}
