/** Input that came while the guest was taking what came before: Nomad sends it in pieces of 2 KiB. */
export class InputQueue {
  readonly #capacity: number;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #isEnded = false;
  #changed = Promise.withResolvers<void>();

  /** @param capacity bytes beyond which `push` waits. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Returns when there is room for more. */
  async push(data: Buffer): Promise<void> {
    this.#pieces.push(data);
    this.#bytes += data.length;
    this.#tell();
    while (this.#bytes > this.#capacity) await this.#changed.promise;
  }

  /** No more will come. */
  end(): void {
    this.#isEnded = true;
    this.#tell();
  }

  /** Waits for input and takes all there is; undefined at its end. */
  async take(): Promise<Buffer | undefined> {
    while (this.#bytes === 0 && !this.#isEnded) await this.#changed.promise;
    if (this.#bytes === 0) return undefined;
    const data = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#bytes = 0;
    this.#tell();
    return data;
  }

  #tell(): void {
    const changed = this.#changed;
    this.#changed = Promise.withResolvers();
    changed.resolve();
  }
}
