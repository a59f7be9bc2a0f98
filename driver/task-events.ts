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

/** The queue between the tasks and the agent's one event stream; the oldest are dropped when nobody listens. */
export class TaskEvents {
  readonly #queue: DriverEvent[] = [];
  #wake: (() => void) | undefined;

  emit(event: DriverEvent): void {
    this.#queue.push(event);
    if (this.#queue.length > KEPT_EVENTS) this.#queue.shift();
    this.#wake?.();
  }

  /** Every event not yet delivered, then each new one, until the signal aborts. One listener at a time. */
  async *stream(signal: AbortSignal): AsyncGenerator<DriverEvent> {
    signal.addEventListener('abort', () => this.#wake?.(), { once: true });
    while (!signal.aborted) {
      const event = this.#queue.shift();
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
