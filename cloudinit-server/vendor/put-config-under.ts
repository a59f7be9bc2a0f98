import { type Merged, putUnder } from '../render/put-under.ts';

/** As cloud-init knows it: without regard to case, and not the beginning of `#cloud-config-archive`. */
const HEADER = /^[ \t\r\n\v\f]*#cloud-config(?![\w-])[^\n]*(?:\n|$)/i;

const NO_CONFIG = 'it is no "#cloud-config"';

/**
 * Puts a cloud-config under another: every top-level key of the stronger one stays as it is, the weaker one fills in
 * what is left out. Of `reporting`, a map of handlers that don't know each other, both are kept.
 *
 * What is no cloud-config (a script, a MIME message, a template, …) or broken is left alone.
 *
 * @param stronger blank when there is none
 */
export function putConfigUnder(stronger: string, weaker: string): Merged {
  const isBlank = stronger.trim() === '';
  if (!isBlank && !HEADER.test(stronger)) return { kind: 'refused', layer: 'stronger', reason: NO_CONFIG };
  if (weaker.trim() === '') return { kind: 'merged', text: stronger };
  if (!HEADER.test(weaker)) return { kind: 'refused', layer: 'weaker', reason: NO_CONFIG };
  if (isBlank) return { kind: 'merged', text: weaker };
  return putUnder(stronger, weaker.replace(HEADER, ''), ['reporting']);
}
