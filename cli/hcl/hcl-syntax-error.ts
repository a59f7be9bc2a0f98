/** The file is not HCL. */
export class HclSyntaxError extends Error {
  override readonly name = 'HclSyntaxError';
  /** Counted from 1. */
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}
