const NEWLINE = 0x0a;

/**
 * Splits a stream of bytes into lines, without their newlines. What follows the last newline is dropped.
 *
 * Reads no faster than the lines are taken, so a flood waits in the kernel.
 *
 * @param maxLineBytes how much of one line is kept in memory at most.
 * @throws {RangeError} when a line is longer.
 */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
  maxLineBytes: number,
): AsyncGenerator<Buffer, void> {
  let pieces: Buffer[] = [];
  let pendingBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      const piece = chunk.subarray(start, end === -1 ? chunk.length : end);
      pendingBytes += piece.length;
      if (pendingBytes > maxLineBytes) throw new RangeError(`a line is longer than ${maxLineBytes} bytes`);
      pieces.push(piece);
      if (end === -1) break;
      yield Buffer.concat(pieces);
      pieces = [];
      pendingBytes = 0;
      start = end + 1;
    }
  }
}
