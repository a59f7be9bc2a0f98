import { HclSyntaxError } from './hcl-syntax-error.ts';

const CLOSERS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** Walks over HCL text: a position, its line, and what can be taken next. */
export class HclScanner {
  position = 0;
  line = 1;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    return this.position >= this.#text.length;
  }

  textFrom(start: number): string {
    return this.#text.slice(start, this.position);
  }

  /** What an error message calls the next thing. */
  describeNext(): string {
    const next = this.#match(/[^\n]/y);
    return next === undefined ? 'the end of the line' : JSON.stringify(next);
  }

  take(letter: string): boolean {
    if (this.#text[this.position] !== letter) return false;
    this.#advance(1);
    return true;
  }

  /** `=`, but not `==`. */
  takeEquals(): boolean {
    return this.#take(/=(?!=)/y) !== undefined;
  }

  takeName(): string | undefined {
    return this.#take(/[\p{L}_][\p{L}\p{N}_-]*/uy);
  }

  /** A block's label: a word, or a quoted text without its quotes. */
  takeLabel(): string | undefined {
    const word = this.takeName();
    if (word !== undefined || this.#text[this.position] !== '"') return word;
    const start = this.position + 1;
    this.#skipString();
    return this.#text.slice(start, this.position - 1);
  }

  /** Spaces and comments, not the end of the line. */
  skipSpaces(): void {
    while (this.#take(/[ \t\r]+|\/\*[\s\S]*?\*\//y) !== undefined);
  }

  /** White space, line ends and comments. */
  skipBlanks(): void {
    while (this.#take(/[\s,\uFEFF]+|\/\*[\s\S]*?\*\/|(?:#|\/\/)[^\n]*/y) !== undefined);
  }

  /** The value of an attribute: to the end of its line, or of the block in one line that it stands in. */
  skipExpression(): readonly number[] {
    const elementLines: number[] = [];
    this.skipSpaces();
    if (this.#text[this.position] === '[') this.#skipBracket(elementLines);
    while (!this.isAtEnd() && !/[\n},]/.test(this.#text[this.position] ?? '')) this.#skipPart();
    return elementLines;
  }

  /** One step inside an expression; never a line end that ends it. */
  #skipPart(): void {
    const letter = this.#text[this.position] ?? '';
    if (letter === '"') this.#skipString();
    else if (letter in CLOSERS) this.#skipBracket([]);
    else if (letter === '<' && this.#match(/<<-?\w/y) !== undefined) this.#skipHeredoc();
    else if (this.#take(/\/\*[\s\S]*?\*\/|(?:#|\/\/)[^\n]*/y) === undefined) this.#advance(1);
  }

  #skipBracket(elementLines: number[]): void {
    const { line } = this;
    const opener = this.#text[this.position] ?? '';
    const closer = CLOSERS[opener] ?? '';
    this.#advance(1);
    let isNewElement = true;
    for (;;) {
      this.#take(/\s+/y);
      if (this.isAtEnd())
        throw new HclSyntaxError(line, `this "${opener}" is never closed; add the missing "${closer}"`);
      if (this.take(closer)) return;
      if (/[)\]}]/.test(this.#text[this.position] ?? '')) {
        throw new HclSyntaxError(
          this.line,
          `"${this.#text[this.position]}" does not close the "${opener}" of line ${line}; write "${closer}"`,
        );
      }
      if (this.take(',')) {
        isNewElement = true;
        continue;
      }
      const isComment = this.#match(/#|\/[/*]/y) !== undefined;
      if (isNewElement && !isComment) {
        elementLines.push(this.line);
        isNewElement = false;
      }
      this.#skipPart();
    }
  }

  /** A quoted text; `${ … }` and `%{ … }` inside may hold quotes of their own. */
  #skipString(): void {
    const { line } = this;
    this.#advance(1);
    for (;;) {
      if (this.take('"')) return;
      if (this.isAtEnd() || this.#text[this.position] === '\n') {
        throw new HclSyntaxError(line, 'a text in this line is never closed; add the missing double quote');
      }
      if (this.#take(/\\[^\n]|\$\$\{|%%\{/y) !== undefined) continue;
      if (this.#match(/[$%]\{/y) !== undefined) {
        this.#advance(1);
        this.#skipBracket([]);
      } else this.#advance(1);
    }
  }

  #skipHeredoc(): void {
    const { line } = this;
    const marker = this.#take(/<<-?\w+[^\n]*/y)?.replace(/^<<-?|\s+$/g, '') ?? '';
    for (;;) {
      if (this.isAtEnd())
        throw new HclSyntaxError(
          line,
          `the text "<<${marker}" is never closed; add a line with ${marker} only`,
        );
      this.#advance(1);
      const text = this.#take(/[^\n]*/y) ?? '';
      if (text.trim() === marker) return;
    }
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    return pattern.exec(this.#text)?.[0];
  }

  #take(pattern: RegExp): string | undefined {
    const found = this.#match(pattern);
    if (found !== undefined) this.#advance(found.length);
    return found;
  }

  #advance(count: number): void {
    const end = this.position + count;
    for (; this.position < end; this.position += 1) if (this.#text[this.position] === '\n') this.line += 1;
  }
}
