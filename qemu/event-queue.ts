/**
 * What one consumer has not taken yet. When it falls behind, the oldest are dropped: of a VM's events the last ones
 * say how it ended.
 */
export class EventQueue<T> implements AsyncIterable<T, void> {
  readonly #capacity: number;
  readonly #waiting: T[] = [];
  #isClosed = false;
  #wake = Promise.withResolvers<void>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  push(item: T): void {
    if (this.#isClosed) return;
    if (this.#waiting.length === this.#capacity) this.#waiting.shift();
    this.#waiting.push(item);
    this.#wake.resolve();
  }

  /** Ends the iteration after what is waiting. */
  close(): void {
    this.#isClosed = true;
    this.#wake.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    for (;;) {
      while (this.#waiting.length > 0) yield* this.#waiting.splice(0, 1);
      if (this.#isClosed) return;
      this.#wake = Promise.withResolvers();
      await this.#wake.promise;
    }
  }
}
