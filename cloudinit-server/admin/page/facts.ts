import type { VmReport } from '../vm-report.ts';
import { formatSeconds, renderAgo } from './format.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { renderStage } from './stage-bar.ts';

/** What is known of a VM in words; what is not known is left out. */
export function renderFacts(vm: VmReport, now: Date): Html {
  const time = (value: string | null) => value && renderAgo(value, now);
  const facts: readonly (readonly [string, HtmlValue])[] = [
    ['Stage', vm.stage && renderStage(vm.stage)],
    ['Address', vm.address && html`<code>${vm.address}</code>`],
    ['Ready after', vm.ready_after_s !== null && formatSeconds(vm.ready_after_s)],
    ['Boot began', time(vm.boot_began_at)],
    ['Last heard of', time(vm.last_heard_at)],
    ['cloud-init', vm.cloud_init],
  ];
  return html`<dl class="facts">${facts.map(renderFact)}</dl>`;
}

function renderFact([name, value]: readonly [string, HtmlValue]): Html | undefined {
  if (value === undefined || value === null || value === false) return undefined;
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}
