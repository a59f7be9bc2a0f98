import type { BootReport } from '../vm-report.ts';
import { formatBytes, formatSeconds } from './format.ts';
import { type Html, html } from './html.ts';

type FetchedFile = BootReport['files'][number];

/** The files of the seed as one boot fetched them, and who did. */
export function renderFiles({ files }: BootReport): Html {
  // Roles for narrow screens, as in the list.
  return html`<section aria-labelledby="files-title">
<h2 id="files-title">Files it fetched</h2>
<table role="table" class="files">
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">File</th><th role="columnheader" scope="col" class="number">At</th><th role="columnheader" scope="col" class="number">Fetched</th><th role="columnheader" scope="col" class="number">Status</th><th role="columnheader" scope="col" class="number">Size</th><th role="columnheader" scope="col">Content</th><th role="columnheader" scope="col">From</th><th role="columnheader" scope="col">cloud-init</th></tr></thead>
<tbody role="rowgroup">${files.map(renderFile)}</tbody>
</table>
<p class="note">Equal letters and digits under “Content” are equal contents, at all VMs of this server.</p>
</section>`;
}

function renderFile({ file, at_s, count, status, bytes, content_id, ...from }: FetchedFile): Html {
  return html`<tr role="row">
<th role="rowheader" scope="row">${file}</th>
<td role="cell" class="number">+${formatSeconds(at_s)}</td>
<td role="cell" class="number">${count === 1 ? 'once' : html`<strong>${count} times</strong>`}</td>
<td role="cell" class="number">${status === 200 ? '200' : html`<span class="result failed">✕ ${status}</span>`}</td>
<td role="cell" class="number">${bytes === 0 ? 'empty' : formatBytes(bytes)}</td>
<td role="cell">${content_id !== null && html`<code>${content_id}</code>`}</td>
<td role="cell"><code>${from.address}</code>${from.mac_address !== null && html` <code class="soft">${from.mac_address}</code>`}</td>
<td role="cell" data-label="cloud-init">${from.cloud_init}</td>
</tr>`;
}
