import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type ConsoleAddress, EMPTY_CONSOLE_SCAN, scanConsole } from './console-addresses.ts';

/** Read at one look at most. A whole boot of a distribution prints some 60 KiB. */
const MAX_LOOK_BYTES = 256 * 1024;

/**
 * Reads a guest's console for addresses from where it was, whenever it is told to. It watches nothing: a watch costs a
 * core when a guest floods its console.
 */
export class ConsoleFollower {
  readonly #path: string;
  #offset: number;
  #scan = EMPTY_CONSOLE_SCAN;

  /** @param offset bytes that need not be read. */
  constructor(path: string, offset = 0) {
    this.#path = path;
    this.#offset = offset;
  }

  /** Bytes looked at so far. */
  get offset(): number {
    return this.#offset;
  }

  /**
   * The addresses of the boot that is being printed. Of more than 256 KiB since the last look only the last are read.
   * A console that cannot be read says nothing.
   */
  look(): readonly ConsoleAddress[] {
    const text = this.#readOn();
    if (text !== '') this.#scan = scanConsole(this.#scan, text);
    return this.#scan.addresses;
  }

  /** Forgets what the guest has printed so far: it starts anew. */
  restart(): void {
    this.#readOn();
    this.#scan = EMPTY_CONSOLE_SCAN;
  }

  #readOn(): string {
    let file: number;
    try {
      file = openSync(this.#path, 'r');
    } catch {
      // ENOENT: the VM and its files are gone.
      return '';
    }
    try {
      const { size } = fstatSync(file);
      if (size === this.#offset) return '';
      // A file that has shrunk is another one.
      const from = Math.max(size < this.#offset ? 0 : this.#offset, size - MAX_LOOK_BYTES);
      const buffer = Buffer.alloc(size - from);
      const read = readSync(file, buffer, 0, buffer.length, from);
      this.#offset = from + read;
      // The table is ASCII; every byte becomes one character, wherever the text is cut.
      return buffer.toString('latin1', 0, read);
    } finally {
      closeSync(file);
    }
  }
}
