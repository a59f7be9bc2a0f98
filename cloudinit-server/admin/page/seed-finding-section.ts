import type { SeedFinding, VmReport } from '../vm-report.ts';
import { formatSentence } from './format.ts';
import { type Html, html } from './html.ts';

/** What is wrong with the files that a VM would get now, errors first. */
export function renderSeedFindings({ seed_findings }: VmReport): Html | undefined {
  if (seed_findings.length === 0) return undefined;
  const [errors, warnings] = (['error', 'warning'] as const).map(wanted =>
    seed_findings.filter(({ severity }) => severity === wanted),
  );
  return html`<section aria-labelledby="mistakes-title">
<h2 id="mistakes-title">Mistakes in its files, as they are now</h2>
<ul class="mistakes">${errors?.map(renderFinding)}${warnings?.map(renderFinding)}</ul>
</section>`;
}

const SEVERITIES: Readonly<Record<SeedFinding['severity'], Html>> = {
  error: html`<span class="result failed">✕ error</span>`,
  warning: html`<span class="result stuck">! warning</span>`,
};

function renderFinding({ file, line, column, severity, path, message }: SeedFinding): Html {
  return html`
<li><p>${SEVERITIES[severity]} <code>${file}:${line}:${column}</code></p><p>${path === '' ? formatSentence(message) : html`<code>${path}</code> ${message}.`}</p></li>`;
}
