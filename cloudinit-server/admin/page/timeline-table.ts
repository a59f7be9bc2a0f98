import type { BootReport } from '../vm-report.ts';
import { formatSeconds } from './format.ts';
import { type Html, html } from './html.ts';
import { buildTimeline, type Timeline, type TimelineGroup, type TimelineRow } from './timeline.ts';

/** A boot as a table of its steps, each with a bar on one scale of time. */
export function renderTimeline(boot: BootReport): Html {
  const timeline = buildTimeline(boot);
  // Roles for narrow screens, as in the list.
  return html`<table role="table" class="timeline">
<caption class="visually-hidden">Steps of this boot in their order, with when they began, how long they took and how they ended</caption>
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Step</th><th role="columnheader" scope="col" class="number">Began</th><th role="columnheader" scope="col" class="number">Took</th><th role="columnheader" scope="col">Result</th><td role="cell" class="scale">${renderScale(timeline)}</td></tr></thead>
${timeline.groups.map(group => renderGroup(group, timeline))}
</table>`;
}

function renderGroup(group: TimelineGroup, timeline: Timeline): Html {
  const { title, whole, rows } = group;
  const head =
    whole === undefined
      ? html`<tr role="row" class="whole"><th role="rowheader" scope="rowgroup">${title}</th><td role="cell"></td><td role="cell"></td><td role="cell"></td><td role="cell"></td></tr>`
      : html`<tr role="row" class="whole"><th role="rowheader" scope="rowgroup">${title}</th>${renderCells(whole, timeline)}</tr>`;
  return html`
<tbody role="rowgroup">
${head}
${rows.map(row => html`<tr role="row"><th role="rowheader" scope="row">${row.label}</th>${renderCells(row, timeline)}</tr>\n`)}
</tbody>`;
}

const RESULTS: Readonly<Record<TimelineRow['result'], Html>> = {
  ok: html`ok`,
  warned: html`<span class="result stuck">! warned</span>`,
  failed: html`<span class="result failed">✕ failed</span>`,
  open: html`<span class="result booting">not ended</span>`,
};

function renderCells(row: TimelineRow, timeline: Timeline): Html {
  const took = row.tookS === undefined ? undefined : formatSeconds(row.tookS);
  return html`<td role="cell" class="number">+${formatSeconds(row.atS)}</td><td role="cell" class="number">${took}</td><td role="cell" class="${row.result}">${RESULTS[row.result]}</td><td role="cell" class="bar">${renderBar(row, timeline)}</td>`;
}

const HEIGHT = 22;
const BAR_HEIGHT = 8;
/** Percent; less can't be seen. */
const LEAST_WIDTH = 0.3;

/** A row's part of the drawing: the lines of the scale, and its bar. The cells beside it say the same in words. */
function renderBar(row: TimelineRow, { lengthS, ticksS }: Timeline): Html {
  const percent = (seconds: number) => round((seconds / lengthS) * 100);
  const lines = ticksS.map(
    tick => html`<line x1="${percent(tick)}%" x2="${percent(tick)}%" y1="-8" y2="${HEIGHT}"/>`,
  );
  return html`<svg height="${HEIGHT}" width="100%" aria-hidden="true">${lines}${renderShape(row, percent)}</svg>`;
}

function renderShape(row: TimelineRow, percent: (seconds: number) => number): Html {
  const top = (HEIGHT - BAR_HEIGHT) / 2;
  const x = percent(row.atS);
  if (row.result !== 'open' && row.tookS === undefined) {
    return html`<circle class="${row.result}" cx="${x}%" cy="${HEIGHT / 2}" r="${BAR_HEIGHT / 2}"/>`;
  }
  const width = Math.max(LEAST_WIDTH, row.tookS === undefined ? round(100 - x) : percent(row.tookS));
  const bar = html`<rect class="${row.result}" x="${x}%" y="${top}" width="${width}%" height="${BAR_HEIGHT}" rx="1.5"/>`;
  if (row.result !== 'failed' && row.result !== 'warned') return bar;
  // A mark at its end, for those who can't tell the colours apart.
  return html`${bar}<svg x="${round(x + width)}%" y="${top - 1}" overflow="visible"><path class="mark ${row.result}" d="${row.result === 'failed' ? 'm4 1 8 8m0-8-8 8' : 'M8 0v6m0 2v2'}"/></svg>`;
}

function renderScale({ lengthS, ticksS }: Timeline): Html {
  const labels = ticksS.map(tick => {
    const x = round((tick / lengthS) * 100);
    const anchor = tick === 0 ? 'start' : x > 97 ? 'end' : 'middle';
    return html`<text x="${x}%" y="15" text-anchor="${anchor}">${formatTick(tick)}</text>`;
  });
  return html`<svg height="${HEIGHT}" width="100%" aria-hidden="true">${labels}</svg>`;
}

/** Ticks are round numbers. */
function formatTick(seconds: number): string {
  return Number.isInteger(seconds) && seconds < 60 ? `${seconds} s` : formatSeconds(seconds);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
