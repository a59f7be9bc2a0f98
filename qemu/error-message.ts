/** What something that was thrown says: anything can be thrown, most of it is an error. */
export function readMessage(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
