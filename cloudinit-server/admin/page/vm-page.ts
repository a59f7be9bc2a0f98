import type { BootReport, VmReport } from '../vm-report.ts';
import { isAlarm } from './alarms.ts';
import { renderConsole } from './console-section.ts';
import { renderFacts } from './facts.ts';
import { renderFiles } from './file-section.ts';
import { formatSeconds, formatSentence, renderTime } from './format.ts';
import { renderHostKeys } from './host-key-section.ts';
import { type Html, html } from './html.ts';
import { renderPage } from './layout.ts';
import { renderSeedFindings } from './seed-finding-section.ts';
import { readShownState } from './shown-state.ts';
import { renderState } from './state-badge.ts';
import { renderTimeline } from './timeline-table.ts';
import { buildBumpPath, buildFilesPath, buildLivePath, buildVmPath } from './vm-path.ts';

/** What of a VM's page is open. */
export interface VmView {
  /** The `began_at` of the boot to show; undefined or unknown: the newest. */
  readonly boot: string | undefined;
  readonly now: Date;
}

/** The page of one VM. */
export function renderVmPage(vm: VmReport, { boot: wanted, now }: VmView): string {
  const state = readShownState(vm);
  const boot = vm.boots.find(({ began_at }) => began_at === wanted) ?? vm.boots[0];
  return renderPage({
    title: `${vm.name}: ${state}`,
    livePath: buildLivePath(vm.name),
    now,
    main: html`<nav aria-label="Where you are"><a href="/">Virtual machines</a></nav>
<div class="title"><h1><bdi>${vm.name}</bdi></h1><p role="status">${renderState(state)}<span class="visually-hidden">${vm.stage !== null && `, stage ${vm.stage}`}</span></p></div>
${renderProblems(vm)}
${renderFacts(vm, now)}
<p class="more"><a href="${buildFilesPath(vm.name)}">Files that it would get now</a>${state !== 'gone' && html` <a class="button" href="${buildBumpPath(vm.name)}">Bump…</a>`}</p>
${renderSeedFindings(vm)}
${boot !== undefined && renderBoot(vm, boot)}
${renderHostKeys(vm)}
${renderConsole(vm, now)}`,
  });
}

/** A page for a VM that nothing is known of. */
export function renderUnknownVm(name: string, now: Date): string {
  return renderPage({
    title: 'Unknown VM',
    livePath: buildLivePath(name),
    now,
    main: html`<nav aria-label="Where you are"><a href="/">Virtual machines</a></nav>
<h1>Unknown VM</h1>
<p>No VM has asked for the seed “<bdi>${name}</bdi>” yet, and no driver has registered a VM of this name. This page fills when one does.</p>`,
  });
}

function renderProblems({ findings, state }: VmReport): Html | undefined {
  if (findings.length === 0) return undefined;
  const tone = findings.some(isAlarm) && state !== 'failed' ? 'stuck' : state;
  return html`<section id="problems" class="problems ${tone}" aria-labelledby="problems-title">
<h2 id="problems-title">${tone === 'ready' ? 'What to know' : 'What is wrong'}</h2>
<ul>${findings.map(({ text }) => html`<li>${formatSentence(text)}</li>`)}</ul>
</section>`;
}

function renderBoot(vm: VmReport, boot: BootReport): Html {
  return html`<section aria-labelledby="boot-title">
<h2 id="boot-title">Boot of ${renderTime(boot.began_at)}</h2>
${vm.boots.length > 1 && renderBootChoice(vm, boot)}
${boot.steps.length > 0 && renderTimeline(boot)}
</section>
${boot.files.length > 0 && renderFiles(boot)}`;
}

function renderBootChoice({ name, boots }: VmReport, current: BootReport): Html {
  const items = boots.map(boot => {
    const path = `${buildVmPath(name)}?boot=${encodeURIComponent(boot.began_at)}`;
    const readyS = boot.reached_s.ready;
    return html`<li><a href="${path}" id="boot-${boot.began_at}"${boot === current && html` aria-current="page"`}>${renderState(boot.state)} ${renderTime(boot.began_at)}${readyS !== undefined && ` in ${formatSeconds(readyS)}`}</a></li>`;
  });
  return html`<nav aria-label="Boots"><ol class="boots">${items}</ol></nav>`;
}
