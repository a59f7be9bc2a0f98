/** Letters that may differ between what was written and what was meant. */
const MAX_DISTANCE = 2;

/** The known key that was probably meant, or undefined. */
export function suggestKey(written: string, known: Iterable<string>): string | undefined {
  if (written.length > 64) return undefined;
  const normal = normalize(written);
  let best: { readonly key: string; readonly distance: number } | undefined;
  for (const key of known) {
    const distance = normalize(key) === normal ? 0 : measureDistance(normal, normalize(key));
    // In a short word two letters are half of it.
    const limit = Math.min(MAX_DISTANCE, Math.floor(key.length / 3));
    if (key !== written && distance <= limit && distance < (best?.distance ?? Infinity))
      best = { key, distance };
  }
  return best?.key;
}

function normalize(key: string): string {
  return key.toLowerCase().replaceAll('-', '_');
}

/** Levenshtein's distance: insertions, deletions and replacements of one letter. */
function measureDistance(left: string, right: string): number {
  if (Math.abs(left.length - right.length) > MAX_DISTANCE) return Infinity;
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...left].entries()) {
    const current = [row + 1];
    for (const [column, other] of [...right].entries()) {
      const replaced = (previous[column] ?? 0) + (letter === other ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous.at(-1) ?? Infinity;
}
