import { createHash } from 'node:crypto';
import type { VmSummary } from './vm-report.ts';

const STYLE = `:root{color-scheme:light dark;font:1rem/1.4 system-ui,sans-serif}
body{margin:2rem auto;max-width:70rem;padding:0 1rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.4rem .8rem .4rem 0;border-bottom:1px solid #8886}
.stuck,.failed{font-weight:bold}
ul{margin:0;padding-left:1.2rem}`;

/** What the page may load, for its `content-security-policy` header: its own style, and nothing from anywhere. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; frame-ancestors 'none'`;

/** A page that lists VMs: complete as it comes, without a script or anything from elsewhere. */
export function renderPage(vms: readonly VmSummary[], now: Date): string {
  const stuck = vms.filter(({ state }) => state === 'stuck' || state === 'failed').length;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${vms.length} VMs, ${stuck} with problems</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Virtual machines</h1>
<p>${vms.length} known, ${stuck} with problems, as of <time>${now.toISOString().slice(0, 19)}Z</time>. <a href="/">Look again</a></p>
<table>
<thead><tr>${['Seed', 'State', 'Stage', 'Address', 'Boot began', 'Ready after', 'What to know'].map(title => `<th scope="col">${title}</th>`).join('')}</tr></thead>
<tbody>
${vms.map(renderRow).join('\n')}
</tbody>
</table>
</body>
</html>
`;
}

function renderRow(vm: VmSummary): string {
  const seed = escapeHtml(vm.seed);
  const link = `/vms/${vm.seed === '.' ? '-' : encodeURIComponent(vm.seed)}`;
  const cells = [
    vm.stage ?? '–',
    vm.address ?? '–',
    vm.boot_began_at?.slice(0, 19).replace('T', ' ') ?? '–',
    vm.ready_after_s === null ? '–' : `${Math.round(vm.ready_after_s)} s`,
  ].map(text => `<td>${escapeHtml(text)}</td>`);
  const findings = vm.findings.map(({ text }) => `<li>${escapeHtml(text)}</li>`).join('');
  const notes = findings === '' ? '<td></td>' : `<td><ul>${findings}</ul></td>`;
  return `<tr><th scope="row"><a href="${escapeHtml(link)}">${seed}</a></th><td class="${vm.state}">${vm.state}</td>${cells.join('')}${notes}</tr>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Seeds' names and guests' words are anybody's text. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => ENTITIES[character] ?? '');
}
