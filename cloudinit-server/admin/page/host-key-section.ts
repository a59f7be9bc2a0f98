import type { VmReport } from '../vm-report.ts';
import { type Html, html } from './html.ts';

/** The host keys that a VM has told, as `ssh` asks about them. */
export function renderHostKeys({ host_keys }: VmReport): Html | undefined {
  if (host_keys.length === 0) return undefined;
  return html`<section aria-labelledby="host-keys-title">
<h2 id="host-keys-title">SSH host keys</h2>
<table>
<thead><tr><th scope="col">Kind</th><th scope="col">Fingerprint</th></tr></thead>
<tbody>${host_keys.map(({ algorithm, fingerprint }) => html`<tr><th scope="row">${algorithm}</th><td><code>${fingerprint}</code></td></tr>\n`)}</tbody>
</table>
</section>`;
}
