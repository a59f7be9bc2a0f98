/** What went wrong over a whole run; all 0 is the goal. */
export interface Verdict {
  /** VMs that Nomad lost, or restarted though they were well. */
  readonly lost: number;
  /** VMs of which a second qemu was started. */
  readonly startedTwice: number;
  readonly wrongExitCodes: number;
  /** Lines of guests that are not in Nomad's log. */
  readonly linesLost: number;
  /** Lines that are in it more than once, or out of order. */
  readonly linesDoubled: number;
}

export const FLAWLESS: Verdict = {
  lost: 0,
  startedTwice: 0,
  wrongExitCodes: 0,
  linesLost: 0,
  linesDoubled: 0,
};

/** Adds what two parts of a run found. */
export function addVerdicts(one: Verdict, other: Partial<Verdict>): Verdict {
  return {
    lost: one.lost + (other.lost ?? 0),
    startedTwice: one.startedTwice + (other.startedTwice ?? 0),
    wrongExitCodes: one.wrongExitCodes + (other.wrongExitCodes ?? 0),
    linesLost: one.linesLost + (other.linesLost ?? 0),
    linesDoubled: one.linesDoubled + (other.linesDoubled ?? 0),
  };
}

/** Judges a log of numbered lines, which should be 1, 2, 3 … to its end, however it is cut into pieces. */
export class LineJudge {
  #next = 1;
  #carry = '';
  linesLost = 0;
  linesDoubled = 0;
  /** Numbered lines seen. */
  count = 0;

  feed(piece: string): void {
    const lines = (this.#carry + piece).split('\n');
    this.#carry = lines.pop() ?? '';
    for (const line of lines) {
      const number = /^line (\d+)\r?$/.exec(line)?.[1];
      if (number !== undefined) this.#judge(Number(number));
    }
  }

  /** The number of the last line, 0 before the first. */
  get last(): number {
    return this.#next - 1;
  }

  /** No more will come: what the guest has printed after the last line is lost. @param printed its last number */
  end(printed: number): void {
    this.linesLost += Math.max(0, printed - this.last);
  }

  #judge(number: number): void {
    this.count += 1;
    if (number < this.#next) {
      this.linesDoubled += 1;
      return;
    }
    this.linesLost += number - this.#next;
    this.#next = number + 1;
  }
}
