/**
 * Rows of cells as text, in columns as wide as need be.
 *
 * @param rows the first one is the header
 * @param isText whether a column reads from the left; numbers stand at the right
 */
export function renderTable(
  rows: readonly (readonly string[])[],
  isText: (column: number) => boolean,
): readonly string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0))) ?? [];
  return rows.map(row =>
    row
      .map((cell, column) =>
        isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

/** Three digits that count. */
export function renderNumber(value: number): string {
  return value.toFixed(value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0);
}
