import type { BumpPlan } from '../../bump/plan-bump.ts';
import { formatSentence } from './format.ts';
import { type Html, html } from './html.ts';
import { renderPage } from './layout.ts';
import { buildBumpPath, buildVmPath } from './vm-path.ts';

/** What is to be said of a bump. */
export type BumpView =
  /** What it would do. */
  | { readonly kind: 'planned'; readonly plan: BumpPlan }
  /** That it is done; the plan is that of another one. */
  | { readonly kind: 'bumped'; readonly plan: BumpPlan }
  /** Why it can't be done; a clause. */
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * The page on which a VM gets a new instance-id: what that will do, and a button to do it. It is not kept up to date by
 * itself, so that nobody confirms what has just changed under their hand.
 */
export function renderBumpPage(vm: string, view: BumpView, now: Date): string {
  return renderPage({
    title: view.kind === 'bumped' ? `${vm}: bumped` : `Bump ${vm}`,
    livePath: undefined,
    now,
    main: html`<nav aria-label="Where you are"><a href="/">Virtual machines</a> / <a href="${buildVmPath(vm)}"><bdi>${vm}</bdi></a></nav>
<div class="title"><h1>Bump <bdi>${vm}</bdi></h1></div>
${renderView(vm, view)}`,
  });
}

function renderView(vm: string, view: BumpView): Html {
  switch (view.kind) {
    case 'planned':
      return renderPlan(vm, view.plan);
    case 'bumped':
      return html`<section class="problems done" aria-labelledby="done-title"><h2 id="done-title">Done</h2>
<p role="status">Its instance-id is now <code>${view.plan.instance_id.from}</code>.</p></section>
${renderTodo(view.plan)}
<p class="more"><a href="${buildVmPath(vm)}">Look how it boots</a></p>`;
    case 'refused':
      return html`<section class="problems failed" aria-labelledby="problems-title"><h2 id="problems-title">It was not bumped</h2>
<p>${formatSentence(view.reason)}</p></section>`;
  }
}

function renderPlan(vm: string, plan: BumpPlan): Html {
  const { from, to } = plan.instance_id;
  // The id that is replaced is part of the request: who confirms twice bumps once.
  const action = `${buildBumpPath(vm)}?${new URLSearchParams({ from })}`;
  return html`<p class="note">A guest sets itself up once for each instance-id. Nothing is changed yet.</p>
<dl class="facts"><div><dt>instance-id now</dt><dd><code>${from}</code></dd></div><div><dt>instance-id then</dt><dd><code>${to}</code></dd></div></dl>
<section aria-labelledby="effects-title"><h2 id="effects-title">What it does</h2>
<ul class="steps">${plan.effects.map(renderStep)}</ul></section>
${renderTodo(plan)}
<form class="confirm" method="post" action="${action}"><button type="submit" class="act">Bump it</button> <a href="${buildVmPath(vm)}">Leave it as it is</a></form>`;
}

function renderTodo({ todo }: BumpPlan): Html {
  return html`<section aria-labelledby="todo-title"><h2 id="todo-title">What is to be done for it</h2>
<ul class="steps">${todo.map(renderStep)}</ul></section>`;
}

function renderStep(text: string): Html {
  return html`<li>${formatSentence(text)}</li>`;
}
