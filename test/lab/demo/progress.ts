/** Shows what a long piece of work is at: one line a step, with the seconds since the start. */
export class Progress {
  readonly #write: (text: string) => void;
  readonly #startedAt = performance.now();

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** A line of its own. */
  note(text: string): void {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    this.#write(`${seconds.toFixed(1).padStart(6)} s  ${text}\n`);
  }

  /** Says what is being done, then how long it took. */
  async step<T>(text: string, work: () => Promise<T>): Promise<T> {
    this.note(`${text} …`);
    const from = performance.now();
    const result = await work();
    this.note(`${text}: done in ${((performance.now() - from) / 1000).toFixed(1)} s`);
    return result;
  }
}
