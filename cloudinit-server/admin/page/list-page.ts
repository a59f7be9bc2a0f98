import type { VmSummary } from '../vm-report.ts';
import { isAlarm } from './alarms.ts';
import { formatSeconds, formatSentence, renderAgo } from './format.ts';
import { type Html, html } from './html.ts';
import { renderPage } from './layout.ts';
import { buildListPath, type ListView, STATE_FILTERS, type StateFilter } from './list-view.ts';
import { readShownState } from './shown-state.ts';
import { renderStage } from './stage-bar.ts';
import { renderShape, renderState } from './state-badge.ts';
import { buildVmPath } from './vm-path.ts';

/** The page that lists VMs. */
export function renderListPage(view: ListView, now: Date): string {
  const { counts } = view;
  const problems = counts.problems === 0 ? '' : `${counts.problems} with problems · `;
  return renderPage({
    title: `${problems}${countVms(counts.all)}`,
    livePath: '/live',
    now,
    main: html`<h1>Virtual machines</h1>
<p class="visually-hidden" role="status">${describeCounts(view)}</p>
<div class="tools">
<search>${renderForm(view)}</search>
<nav aria-label="By state"><ul class="filters">${STATE_FILTERS.map(state => renderFilter(view, state))}</ul></nav>
</div>
${view.vms.length === 0 ? renderNothing(view) : renderTable(view.vms, now)}
${view.pages > 1 && renderPager(view)}`,
  });
}

function describeCounts({ counts }: ListView): string {
  const { all, problems, booting } = counts;
  return `${countVms(all)}, ${problems} with problems, ${booting} booting`;
}

function renderForm({ query }: ListView): Html {
  return html`<form action="/" method="get">
<label for="find">Find</label>
<input id="find" name="q" type="search" value="${query.text}" placeholder="name, address, node, job" maxlength="200" autocomplete="off" spellcheck="false">
${query.state !== 'all' && html`<input type="hidden" name="state" value="${query.state}">`}
<button type="submit">Find</button>
</form>`;
}

/** A link to the VMs of one state; states that no VM has are left out, unless they are what is looked at. */
function renderFilter({ counts, query }: ListView, state: StateFilter): Html | undefined {
  const isCurrent = query.state === state;
  const isAlways = state === 'all' || state === 'problems';
  if (counts[state] === 0 && !isCurrent && !isAlways) return undefined;
  const path = buildListPath({ ...query, state, page: 1 });
  return html`<li><a href="${path}" id="filter-${state}" class="${isAlways ? '' : state}"${isCurrent && html` aria-current="page"`}>${state !== 'all' && state !== 'problems' && renderShape(state)}${state} <span class="count">${counts[state]}</span></a></li>`;
}

function renderNothing({ counts, query }: ListView): Html {
  if (query.text !== '') {
    return html`<p class="nothing">No VM ${query.state !== 'all' && `with state “${query.state}” `}matches “<bdi>${query.text}</bdi>”. <a href="/">Show all</a></p>`;
  }
  if (counts.all > 0)
    return html`<p class="nothing">No VM has the state “${query.state}”. <a href="/">Show all</a></p>`;
  return html`<p class="nothing">No VM has asked for its seed yet. It appears here with its first request.</p>`;
}

const COLUMNS = [
  'Name',
  'State',
  'Stage',
  'Address',
  'Runs on',
  'Began',
  'Ready after',
  'What to know',
] as const;

function renderTable(vms: readonly VmSummary[], now: Date): Html {
  const hasNodes = vms.some(({ registration }) => registration !== null);
  const columns = COLUMNS.filter(column => hasNodes || column !== 'Runs on');
  // The roles are those that the elements have anyway; on narrow screens, where cells are laid out as blocks, browsers
  // forget them otherwise.
  return html`<table role="table" class="vms">
<caption class="visually-hidden">Virtual machines, those with problems first</caption>
<thead role="rowgroup"><tr role="row">${columns.map(renderHead)}</tr></thead>
<tbody role="rowgroup">${vms.map(vm => renderRow(vm, hasNodes, now))}</tbody>
</table>`;
}

function renderHead(title: (typeof COLUMNS)[number]): Html {
  return html`<th scope="col" role="columnheader"${title === 'Ready after' && html` class="number"`}>${title}</th>`;
}

function renderRow(vm: VmSummary, hasNodes: boolean, now: Date): Html {
  const state = readShownState(vm);
  const path = buildVmPath(vm.name);
  return html`
<tr role="row" id="vm-${path}">
<th scope="row" role="rowheader"><a href="${path}"><bdi>${vm.name}</bdi></a>${renderMore(vm)}</th>
<td role="cell">${renderState(state)}</td>
<td role="cell">${vm.stage !== 'ready' && vm.stage && renderStage(vm.stage)}</td>
<td role="cell" class="address">${vm.address}</td>
${hasNodes && html`<td role="cell" class="runs-on">${renderNode(vm)}</td>`}
<td role="cell" data-label="Began">${vm.boot_began_at && renderAgo(vm.boot_began_at, now)}</td>
<td role="cell" class="number" data-label="Ready after">${vm.ready_after_s !== null && formatSeconds(vm.ready_after_s)}</td>
<td role="cell" class="findings">${renderFindings(vm)}</td>
</tr>`;
}

/** What its name leaves open: its seed and its job. */
function renderMore({ name, seed, registration }: VmSummary): Html | undefined {
  if (registration === null) return undefined;
  const facts = [
    ...(seed === null || name.includes(seed) ? [] : [`seed ${seed}`]),
    ...(name.includes(registration.job) ? [] : [`job ${registration.job}`]),
  ];
  return facts.length === 0 ? undefined : html`<div class="soft">${facts.join(', ')}</div>`;
}

/** An allocation by the part of its id that Nomad shows. */
function renderNode({ registration }: VmSummary): Html | undefined {
  if (registration === null) return undefined;
  return html`${registration.node} <code class="soft">${registration.alloc_id.slice(0, 8)}</code>`;
}

/** The first thing to know; its page has all. */
function renderFindings({ findings, name }: VmSummary): Html | undefined {
  const [first, ...others] = findings;
  if (first === undefined) return undefined;
  const more =
    others.length > 0 &&
    html` <a href="${buildVmPath(name)}#problems">and ${others.length} more<span class="visually-hidden"> of <bdi>${name}</bdi></span></a>`;
  return html`<p>${isAlarm(first) && renderShape('stuck')}${formatSentence(first.text)}</p>${more}`;
}

function renderPager({ query, pages, matches }: ListView): Html {
  const link = (page: number, text: string, rel: string) =>
    page >= 1 && page <= pages
      ? html`<a rel="${rel}" href="${buildListPath({ ...query, page })}">${text}</a>`
      : undefined;
  return html`<nav class="pager" aria-label="Pages">${link(query.page - 1, 'Previous', 'prev')}<span>Page ${query.page} of ${pages}, ${countVms(matches)}</span>${link(query.page + 1, 'Next', 'next')}</nav>`;
}

function countVms(count: number): string {
  return count === 1 ? '1 VM' : `${count} VMs`;
}
