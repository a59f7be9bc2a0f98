import { renderNumber, renderTable } from './render-table.ts';
import { type Goal, type JudgedSeries, judgeSection, type Section } from './section.ts';

/** A section as a table of text, a line for each series. */
export function renderSection(section: Section): string {
  const rows = judgeSection(section).map(one => renderRow(one, section.unit));
  const table = [['', 'median', 'min', 'max', 'ratio', 'goal', ''], ...rows];
  // Names and goals read from the left.
  const lines = renderTable(table, column => column === 0 || column >= 5);
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

function renderRatio(ratio: number): string {
  return `${ratio.toFixed(ratio < 0.1 ? 3 : 2)} ×`;
}
