import type { VmReport } from '../vm-report.ts';
import { formatSeconds, renderAgo } from './format.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { renderStage } from './stage-bar.ts';

/** What is known of a VM in words; what is not known is left out. */
export function renderFacts(vm: VmReport, now: Date): Html {
  const time = (value: string | null) => value && renderAgo(value, now);
  const facts: readonly Fact[] = [
    ['Stage', vm.stage && renderStage(vm.stage)],
    ['Address', vm.address && html`<code>${vm.address}</code>`],
    ['Ready after', vm.ready_after_s !== null && formatSeconds(vm.ready_after_s)],
    ['Boot began', time(vm.boot_began_at)],
    ['Last heard of', time(vm.last_heard_at)],
    ['cloud-init', vm.cloud_init],
    ...listRegistrationFacts(vm, now),
  ];
  return html`<dl class="facts">${facts.map(renderFact)}</dl>`;
}

type Fact = readonly [string, HtmlValue];

/** What the driver of a registered VM has told. */
function listRegistrationFacts({ registration, seed }: VmReport, now: Date): readonly Fact[] {
  if (registration === null) return [];
  const { namespace, job, group, task, index, alloc_id, node, delivery, sealed_at, gone_at } = registration;
  return [
    ['Seed', seed],
    ['Node', node],
    ['Job', `${job} (${namespace})`],
    ['Task', `${group}/${task}, number ${index}`],
    ['Allocation', html`<code>${alloc_id}</code>`],
    ['Given', delivery === 'disk' ? 'on a disk' : 'by URL'],
    ['Sealed', sealed_at && renderAgo(sealed_at, now)],
    ['Gone', gone_at && renderAgo(gone_at, now)],
  ];
}

function renderFact([name, value]: Fact): Html | undefined {
  if (value === undefined || value === null || value === false) return undefined;
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}
