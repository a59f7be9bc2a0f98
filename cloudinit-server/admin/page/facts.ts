import type { VmReport } from '../vm-report.ts';
import { formatSeconds, renderAgo } from './format.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { renderStage } from './stage-bar.ts';

/** A fact's name and value; one without a value is left out. */
type Fact = readonly [string, HtmlValue];

/** What is known of a VM in words; what is not known is left out. */
export function renderFacts(vm: VmReport, now: Date): Html {
  const ago = (time: string | null | undefined) => time && renderAgo(time, now);
  const facts: readonly Fact[] = [
    ['Stage', vm.stage && renderStage(vm.stage)],
    ['Address', vm.address && html`<code>${vm.address}</code>`],
    ['Ready after', vm.ready_after_s !== null && formatSeconds(vm.ready_after_s)],
    ['Boot began', ago(vm.boot_began_at)],
    ['Last heard of', ago(vm.last_heard_at)],
    ['cloud-init', vm.cloud_init],
  ];
  return html`<dl class="facts">${facts.map(renderFact)}</dl>
${renderRegistration(vm, ago)}`;
}

/** What its driver has told of a registered VM. */
function renderRegistration(
  { registration, seed, driver }: VmReport,
  ago: (time: string | null) => HtmlValue,
): Html | undefined {
  if (registration === null) return undefined;
  const { namespace, job, group, task, index, node, alloc_id, delivery } = registration;
  const address = driver?.address;
  const facts: readonly Fact[] = [
    ['Seed', seed ?? 'files of the job'],
    ['Job', html`${job} <span class="soft">${namespace}/${group}/${task}[${index}]</span>`],
    ['Node', node],
    ['Allocation', html`<code>${alloc_id}</code>`],
    [
      'Address on its node',
      address && html`<code>${address.address}</code> <span class="soft">${address.source}</span>`,
    ],
    ['Delivery', delivery === 'disk' && 'on a disk'],
    ['Registered', ago(registration.registered_at)],
    ['Sealed', ago(registration.sealed_at)],
    ['Gone', ago(registration.gone_at)],
  ];
  return html`<dl class="facts">${facts.map(renderFact)}</dl>`;
}

function renderFact([name, value]: Fact): Html | undefined {
  if (value === undefined || value === null || value === false) return undefined;
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}
