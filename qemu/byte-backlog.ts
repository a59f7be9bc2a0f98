/** What one reader has not taken yet; beyond the capacity the oldest bytes are dropped, and counted. */
export class ByteBacklog {
  readonly #capacity: number;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #dropped = 0;
  #isClosed = false;
  #wake = Promise.withResolvers<void>();

  /** @param capacity in bytes. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  push(data: Buffer): void {
    if (this.#isClosed || data.length === 0) return;
    this.#pieces.push(data);
    this.#bytes += data.length;
    while (this.#bytes > this.#capacity) this.#dropOldest();
    this.#wake.resolve();
  }

  /** No more will come. */
  close(): void {
    this.#isClosed = true;
    this.#wake.resolve();
  }

  /** Waits for bytes; undefined when there will be none. `droppedBytes` were lost just before `data`. */
  async take(): Promise<{ readonly droppedBytes: number; readonly data: Buffer } | undefined> {
    while (this.#bytes === 0) {
      if (this.#isClosed) return undefined;
      this.#wake = Promise.withResolvers();
      await this.#wake.promise;
    }
    const taken = { droppedBytes: this.#dropped, data: Buffer.concat(this.#pieces) };
    this.#pieces = [];
    this.#bytes = 0;
    this.#dropped = 0;
    return taken;
  }

  /** What is waiting; it stays. */
  peek(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  #dropOldest(): void {
    const [first = Buffer.alloc(0), ...others] = this.#pieces;
    const excess = Math.min(first.length, this.#bytes - this.#capacity);
    this.#pieces = excess === first.length ? others : [first.subarray(excess), ...others];
    this.#bytes -= excess;
    this.#dropped += excess;
  }
}
