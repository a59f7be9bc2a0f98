import type { DiffReport, FileDiff } from '../../preview/diff-report.ts';
import type { RenderedFileReport, RenderReport } from '../../preview/render-report.ts';
import { formatBytes, formatSentence, renderAgo } from './format.ts';
import { type Html, html } from './html.ts';
import { renderPage } from './layout.ts';
import { buildLivePath, buildVmPath } from './vm-path.ts';

/** What a VM would get, and how that differs from what it last got; neither with secrets. */
export interface FilesPreview {
  readonly rendered: RenderReport;
  readonly diff: DiffReport;
}

/** The page of the files that a VM would get if it asked now. */
export function renderFilesPage({ rendered, diff }: FilesPreview, now: Date): string {
  const { vm, instance_id, instance_id_from, files } = rendered;
  const from = instance_id_from === 'author' ? 'as its meta-data says' : 'made by this server';
  return renderFrame(
    vm,
    now,
    html`<p class="note">What it would get if it asked for its seed now. Secrets are left out.</p>
<dl class="facts"><div><dt>instance-id</dt><dd><code>${instance_id}</code> <span class="soft">${from}</span></dd></div></dl>
${files.map(file => renderFile(file, diff, now))}`,
  );
}

/** The same when the files can't be read. @param reason a sentence without a full stop */
export function renderUnreadableFiles(vm: string, reason: string, now: Date): string {
  return renderFrame(
    vm,
    now,
    html`<section class="problems failed" aria-labelledby="problems-title"><h2 id="problems-title">What is wrong</h2><p>${formatSentence(reason)}</p></section>`,
  );
}

function renderFrame(vm: string, now: Date, content: Html): string {
  return renderPage({
    title: `${vm}: files`,
    livePath: buildLivePath(vm),
    now,
    main: html`<nav aria-label="Where you are"><a href="/">Virtual machines</a> / <a href="${buildVmPath(vm)}"><bdi>${vm}</bdi></a></nav>
<div class="title"><h1>Files of <bdi>${vm}</bdi></h1></div>
${content}`,
  });
}

function renderFile(rendered: RenderedFileReport, { files }: DiffReport, now: Date): Html {
  const { file, bytes, text, notes } = rendered;
  const diff = files.find(one => one.file === file);
  const id = `file-${file}`;
  return html`<section aria-labelledby="${id}">
<h2 id="${id}">${file}</h2>
<p class="note">${bytes === 0 ? 'Empty' : formatBytes(bytes)}${diff && html`, ${renderChange(diff, now)}`}.</p>
${notes.length > 0 && html`<ul class="mistakes">${notes.map(({ message, reason }) => html`<li>${formatSentence(`${message}: ${reason}`)}</li>`)}</ul>`}
${diff?.state === 'changed' && renderDiff(diff)}
${bytes > 0 && html`<div class="text" role="region" aria-label="${file} as it is now" tabindex="0"><pre>${text}</pre></div>`}
</section>`;
}

function renderChange({ state, served_at }: FileDiff, now: Date): Html {
  if (state === 'never-served' || served_at === null) return html`never fetched`;
  if (state === 'same') return html`the same since it was fetched ${renderAgo(served_at, now)}`;
  return html`<span class="result stuck">! other than what it got ${renderAgo(served_at, now)}</span>`;
}

function renderDiff({ file, diff }: FileDiff): Html {
  if (diff === null) return html`<p class="note">Too different to compare line by line.</p>`;
  return html`<div class="text" role="region" aria-label="${file}: what has changed" tabindex="0"><pre>${diff.trimEnd().split('\n').map(renderDiffLine)}</pre></div>`;
}

function renderDiffLine(line: string): Html {
  const ended = `${line}\n`;
  if (/^\+(?!\+\+ )/.test(line)) return html`<ins>${ended}</ins>`;
  return /^-(?!-- )/.test(line) ? html`<del>${ended}</del>` : html`${ended}`;
}
