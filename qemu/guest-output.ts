import type { GuestAgentSession } from './guest-agent-session.ts';
import {
  closeGuestFile,
  emptyGuestFile,
  type GuestFileHandle,
  readGuestFile,
  tryOpenGuestFile,
} from './guest-file.ts';

/** How much one look takes at most, so that no stream starves the other. */
const LOOK_BYTES = 1024 * 1024;

/** One output stream of a command in the guest: the numbered files that STREAM_SCRIPT writes, in order. */
export class GuestOutput {
  readonly #base: string;
  #number = 0;
  #current: GuestFileHandle | undefined;
  /** Once it is there, nothing more is written to the current one. */
  #next: GuestFileHandle | undefined;

  /** @param base path of the files without their number. */
  constructor(base: string) {
    this.#base = base;
  }

  /** What has come since the last look, 1 MiB or a little more at most; empty when nothing has. */
  async read(session: GuestAgentSession): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let bytes = 0;
    while (bytes < LOOK_BYTES) {
      this.#current ??= await tryOpenGuestFile(session, this.#path(this.#number), 'r');
      if (this.#current === undefined) break;
      const piece = await readGuestFile(session, this.#current);
      pieces.push(piece);
      bytes += piece.length;
      if (piece.length === 0 && !(await this.#advance(session))) break;
    }
    return Buffer.concat(pieces);
  }

  /** Whether there may be more; false at the end of what is there now. */
  async #advance(session: GuestAgentSession): Promise<boolean> {
    if (this.#current === undefined) return false;
    if (this.#next === undefined) {
      this.#next = await tryOpenGuestFile(session, this.#path(this.#number + 1), 'r');
      // The current one may have grown until the next was begun.
      return this.#next !== undefined;
    }
    await closeGuestFile(session, this.#current);
    await emptyGuestFile(session, this.#path(this.#number));
    this.#number += 1;
    this.#current = this.#next;
    this.#next = undefined;
    return true;
  }

  /** Lets the agent close what it holds open. */
  async close(session: GuestAgentSession): Promise<void> {
    for (const handle of [this.#current, this.#next])
      if (handle !== undefined) await closeGuestFile(session, handle);
    this.#current = undefined;
    this.#next = undefined;
  }

  #path(number: number): string {
    return `${this.#base}.${number}`;
  }
}
