import type { VmReport } from '../vm-report.ts';
import { readConsoleText } from './console-text.ts';
import { renderAgo } from './format.ts';
import { type Html, html } from './html.ts';

/** The newest of a VM's console, as its driver has told it. */
export function renderConsole({ driver }: VmReport, now: Date): Html | undefined {
  const text = readConsoleText(driver?.console_tail ?? '');
  if (driver === null || text === '') return undefined;
  // A box that is scrolled to its end, as long as nobody scrolls it: its content is laid out from below.
  return html`<section aria-labelledby="console-title">
<h2 id="console-title">Console</h2>
<p class="note">Its newest lines, told by its driver ${renderAgo(driver.reported_at, now)}. All of it: <code>nomad alloc logs</code>.</p>
<div class="console" role="region" aria-label="Newest lines of the console" tabindex="0"><pre>${text}</pre></div>
</section>`;
}
