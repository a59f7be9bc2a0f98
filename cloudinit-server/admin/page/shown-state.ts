import type { VmSummary } from '../vm-report.ts';

/** What a page says of a VM in a word. `gone`: its driver took it off; how its boot stood is of no concern any more. */
export type ShownState = VmSummary['state'] | 'gone';

/** The state that people are shown. */
export function readShownState({ state, registration }: VmSummary): ShownState {
  return registration === null || registration.gone_at === null ? state : 'gone';
}
