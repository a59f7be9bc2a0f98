import type { VmReport } from '../vm-report.ts';
import { readConsoleText } from './console-text.ts';
import { renderTime } from './format.ts';
import { type Html, html } from './html.ts';

/** The end of a VM's console, as its driver has told it. */
export function renderConsole({ driver }: VmReport): Html | undefined {
  if (driver?.console_tail == null || driver.console_tail === '') return undefined;
  return html`<section aria-labelledby="console-title">
<h2 id="console-title">Console</h2>
<p>Its end as of ${renderTime(driver.reported_at)}; <code>nomad alloc logs</code> has all of it.</p>
<pre class="console" role="region" aria-labelledby="console-title" tabindex="0">${readConsoleText(driver.console_tail)}</pre>
</section>`;
}
