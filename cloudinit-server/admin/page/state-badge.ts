import { type Html, html } from './html.ts';
import type { ShownState } from './shown-state.ts';

/** A shape for each state, as colour alone tells nothing to many; 16 by 16. */
const SHAPES: Readonly<Record<ShownState, Html>> = {
  ready: html`<circle cx="8" cy="8" r="7"/><path class="cut" d="m4.8 8.2 2.3 2.3 4.2-4.6"/>`,
  failed: html`<path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z"/><path class="cut" d="m5.5 5.5 5 5m0-5-5 5"/>`,
  stuck: html`<path d="M8 1 15.5 14.5H.5z"/><path class="cut" d="M8 6v4m0 1.9v.1"/>`,
  booting: html`<circle class="ring" cx="8" cy="8" r="6"/><path d="M8 2a6 6 0 0 1 0 12z"/>`,
  new: html`<circle class="ring" cx="8" cy="8" r="6"/>`,
  unobserved: html`<circle class="ring dashed" cx="8" cy="8" r="6"/>`,
  gone: html`<path d="M2 6.5h12v3H2z"/>`,
};

/** The state of a VM or a boot in a word, with its shape and colour. */
export function renderState(state: ShownState): Html {
  return html`<span class="state ${state}">${renderShape(state)}${state}</span>`;
}

/** Its shape alone, which says nothing to a screen reader. */
export function renderShape(state: ShownState): Html {
  return html`<svg class="shape" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">${SHAPES[state]}</svg>`;
}
