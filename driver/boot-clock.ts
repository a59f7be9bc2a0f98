/** ms by a clock that nobody sets and that all processes of one boot of the host share, so that it may go on record. */
export function readBootClockMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
