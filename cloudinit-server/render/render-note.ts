/** Something about a rendered file that is no error, as the log tells it. */
export interface RenderNote {
  /** Constant and lower-case, as the log has it. */
  readonly message: 'vendor-data left alone, guest not observed';
  /** A clause; it never quotes what is written in a seed. */
  readonly reason: string;
}
