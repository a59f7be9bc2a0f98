/** Something about a rendered file that is no error, as the log tells it. */
export interface RenderNote {
  /** Constant and lower-case, as the log has it. */
  readonly message:
    | 'vendor-data left alone, guest not observed'
    | 'vendor-data left alone, guest agent not installed'
    | 'weaker layer left out'
    | 'variable without a value left as it is';
  /** A clause; it never quotes what is written in a seed. */
  readonly reason: string;
}

/** A weaker layer of a file is odd, so the guest gets the stronger ones. */
export function noteLeftOut(path: string, reason: string): RenderNote {
  return { message: 'weaker layer left out', reason: `"${path}": ${reason}` };
}
