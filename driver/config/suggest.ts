/**
 * Finds the known word that a mistyped one was probably meant to be.
 *
 * @returns undefined when none is close: more than a third of the letters differ.
 */
export function suggestWord(typed: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map(word => ({ word, distance: editDistance(typed.toLowerCase(), word) }))
    .sort((left, right) => left.distance - right.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.max(1, Math.floor(best.word.length / 3))
    ? best.word
    : undefined;
}

/** Levenshtein's: inserted, removed and replaced letters. */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (const [lineIndex, leftLetter] of [...left].entries()) {
    const next = [lineIndex + 1];
    for (const [column, rightLetter] of [...right].entries()) {
      const replaced = (row[column] ?? 0) + (leftLetter === rightLetter ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
