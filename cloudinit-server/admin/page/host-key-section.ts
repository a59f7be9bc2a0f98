import type { VmReport } from '../vm-report.ts';
import { type ComparedHostKey, compareHostKeys } from './compare-host-keys.ts';
import { type Html, html } from './html.ts';

/** The host keys that a VM has told, as `ssh` asks about them, beside those that its console has printed. */
export function renderHostKeys(vm: VmReport): Html | undefined {
  const keys = compareHostKeys(vm);
  if (keys.length === 0) return undefined;
  const hasConsole = keys.some(({ printed }) => printed !== undefined);
  // Roles for narrow screens, as in the list.
  return html`<section aria-labelledby="host-keys-title">
<h2 id="host-keys-title">SSH host keys</h2>
<table role="table" class="keys">
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Kind</th><th role="columnheader" scope="col">Fingerprint</th>${hasConsole && html`<th role="columnheader" scope="col">On its console</th>`}</tr></thead>
<tbody role="rowgroup">${keys.map(key => renderKey(key, hasConsole))}</tbody>
</table>
</section>`;
}

function renderKey(key: ComparedHostKey, hasConsole: boolean): Html {
  const { algorithm, told, printed } = key;
  return html`<tr role="row"><th role="rowheader" scope="row">${algorithm}</th><td role="cell">${told === undefined ? 'not told' : html`<code>${told}</code>`}</td>${hasConsole && html`<td role="cell">${renderPrinted(told, printed)}</td>`}</tr>\n`;
}

function renderPrinted(told: string | undefined, printed: string | undefined): Html {
  if (printed === undefined) return html`not printed`;
  if (told === undefined) return html`<code>${printed}</code>`;
  if (told === printed) return html`<span class="result ready">✓ the same</span>`;
  return html`<span class="result failed">✕ another one</span> <code>${printed}</code>`;
}
