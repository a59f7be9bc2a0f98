import { type Goal, type JudgedSeries, judgeSection, type Section } from './section.ts';

/** A section as a table of text, a line for each series. */
export function renderSection(section: Section): string {
  const rows = judgeSection(section).map(one => renderRow(one, section.unit));
  const table = [['', 'median', 'min', 'max', 'ratio', 'goal', ''], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map(row => row[column]?.length ?? 0))) ?? [];
  const lines = table.map(row =>
    row
      // Names and goals read from the left, numbers from the right.
      .map((cell, column) =>
        column === 0 || column >= 5 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  return [`${section.title} (${section.unit})`, ...lines.map(line => `  ${line}`)].join('\n');
}

function renderRow(series: JudgedSeries, unit: Section['unit']): readonly string[] {
  const { name, summary, ratio, goal, isMet } = series;
  return [
    name,
    renderNumber(summary.median),
    renderNumber(summary.min),
    renderNumber(summary.max),
    ratio === undefined ? '' : renderRatio(ratio),
    goal === undefined ? '' : renderGoal(goal, unit),
    isMet === undefined ? '' : isMet ? 'met' : 'missed',
  ];
}

function renderGoal(goal: Goal, unit: Section['unit']): string {
  switch (goal.kind) {
    case 'at-most':
      return `≤ ${goal.limit} ${unit}`;
    case 'at-most-times':
      return `≤ ${goal.factor} ×`;
    case 'below-baseline':
      return '< 1 ×';
  }
}

/** Three digits that count. */
function renderNumber(value: number): string {
  return value.toFixed(value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0);
}

function renderRatio(ratio: number): string {
  return `${ratio.toFixed(ratio < 0.1 ? 3 : 2)} ×`;
}
