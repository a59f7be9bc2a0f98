import { BOOT_STAGES, type BootStage } from '../../boot/boot.ts';
import { type Html, html } from './html.ts';

/** `begun` is where every boot starts: no block. */
const [, ...STAGES] = BOOT_STAGES;

/** How far a boot is: a row of blocks, filled up to its stage, and the stage's name. */
export function renderStage(stage: BootStage): Html {
  const reached = BOOT_STAGES.indexOf(stage);
  const blocks = STAGES.map(
    (_, index) =>
      html`<rect class="${index < reached ? 'full' : 'empty'}" x="${index * 8}" width="6" height="10" rx="1"/>`,
  );
  return html`<span class="stage"><svg class="blocks" width="${STAGES.length * 8 - 2}" height="10" aria-hidden="true">${blocks}</svg>${stage}</span>`;
}
