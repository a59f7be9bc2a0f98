import { createHash } from 'node:crypto';
import { type Html, html } from './html.ts';
import { PAGE_SCRIPT } from './script.ts';
import { PAGE_STYLE } from './style.ts';

/** One page. */
export interface Page {
  readonly title: string;
  /** Where it is told of changes; undefined: it stays as it is until somebody looks again. */
  readonly livePath: string | undefined;
  readonly now: Date;
  readonly main: Html;
}

/** A machine's screen, half of it lit. */
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect x='1' y='2' width='14' height='9' rx='2' fill='%230b5cad'/%3E%3Cpath d='M4 14h8M8 11v3' stroke='%230b5cad' stroke-width='2'/%3E%3Cpath d='m5 5 2 1.5L5 8' stroke='%23fff' fill='none'/%3E%3C/svg%3E";

/**
 * What a page may load and do, for its `content-security-policy` header: its own style and script and nothing else,
 * no request to anywhere but this server. Text can't become markup in the script either (trusted types).
 */
export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src '${hash(PAGE_STYLE)}'`,
  `script-src '${hash(PAGE_SCRIPT)}'`,
  "connect-src 'self'",
  "form-action 'self'",
  'img-src data:',
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

const HEAD = `<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="${ICON}">
<style>${PAGE_STYLE}</style>`;

/** The whole of a page, complete as it is without its script. */
export function renderPage({ title, livePath, now, main }: Page): string {
  const time = now.toISOString();
  const body = html`<a class="skip" href="#main">Skip to content</a>
<header>
<p class="brand"><a href="/">cloudinit-server</a></p>
<div class="live">
<p id="as-of">As of <time datetime="${time}">${time.slice(11, 19)} UTC</time></p>
<p id="live-state" hidden></p>
<button id="live-button" type="button" hidden>Pause</button>
<p><a id="look-again" href="">Look again</a></p>
</div>
</header>
<main id="main" tabindex="-1"${livePath !== undefined && html` data-live="${livePath}"`}>
${main}
</main>
<footer><p>For programs: <a href="/vms">VMs as JSON</a> <a href="/metrics">metrics</a> <a href="/known_hosts">known_hosts</a></p></footer>`;
  return `<!doctype html>
<html lang="en">
<head>
${HEAD}
<title>${html`${title}`}</title>
</head>
<body>
${body}
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}
