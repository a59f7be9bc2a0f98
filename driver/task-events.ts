/** Something that happened to a VM, shown in `nomad alloc status`. Nomad keeps ten a task: emit few. */
export interface DriverEvent {
  readonly taskId: string;
  readonly allocId: string;
  readonly taskName: string;
  readonly at: Date;
  readonly message: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Events kept while no agent listens, as between a plugin's start and the agent's first call. */
const KEPT_EVENTS = 1_000;

/**
 * The queue between the tasks and the agent's one event stream; the oldest are dropped when nobody listens.
 *
 * An agent drops events of a task that it has not restored yet (seen with 1.11.3), and it listens before it restores: so
 * a task's events wait until the agent has started that task, or waits for its end.
 */
export class TaskEvents {
  readonly #queue: DriverEvent[] = [];
  readonly #admitted = new Set<string>();
  #wake: (() => void) | undefined;

  emit(event: DriverEvent): void {
    this.#queue.push(event);
    if (this.#queue.length > KEPT_EVENTS) this.#queue.shift();
    this.#wake?.();
  }

  /** The agent knows this task. */
  admit(taskId: string): void {
    this.#admitted.add(taskId);
    this.#wake?.();
  }

  /** The agent has gone, or the task is no more. What it has not heard yet waits for the next admission. */
  dismiss(taskId: string): void {
    this.#admitted.delete(taskId);
  }

  /** Every event not yet delivered, then each new one, until the signal aborts. One listener at a time. */
  async *stream(signal: AbortSignal): AsyncGenerator<DriverEvent> {
    signal.addEventListener('abort', () => this.#wake?.(), { once: true });
    while (!signal.aborted) {
      const index = this.#queue.findIndex(({ taskId }) => this.#admitted.has(taskId));
      const [event] = index < 0 ? [] : this.#queue.splice(index, 1);
      if (event === undefined) await this.#nextEvent();
      else yield event;
    }
  }

  #nextEvent(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    return promise;
  }
}
