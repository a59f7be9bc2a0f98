import type { BootReport } from '../vm-report.ts';
import { formatBytes, formatSeconds } from './format.ts';
import { type Html, html } from './html.ts';

/** The files of the seed as one boot fetched them. */
export function renderFiles({ files }: BootReport): Html {
  const rows = files.map(
    ({ file, at_s, count, status, bytes }) => html`<tr>
<th scope="row">${file}</th>
<td class="number">+${formatSeconds(at_s)}</td>
<td class="number">${count === 1 ? 'once' : html`<strong>${count} times</strong>`}</td>
<td class="number">${status === 200 ? '200' : html`<span class="result failed">✕ ${status}</span>`}</td>
<td class="number">${bytes === 0 ? 'empty' : formatBytes(bytes)}</td>
</tr>`,
  );
  return html`<section aria-labelledby="files-title">
<h2 id="files-title">Files it fetched</h2>
<table>
<thead><tr><th scope="col">File</th><th scope="col" class="number">At</th><th scope="col" class="number">Fetched</th><th scope="col" class="number">Status</th><th scope="col" class="number">Size</th></tr></thead>
<tbody>${rows}</tbody>
</table>
</section>`;
}
