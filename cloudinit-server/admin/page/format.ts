import { type Html, html } from './html.ts';

/** A span of time as people say it: `40 ms`, `3.2 s`, `41 s`, `1 min 5 s`, `2 h 10 min`, `3 d 4 h`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 0.0005) return '0 s';
  if (seconds < 0.0995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return join(Math.floor(whole / 60), 'min', whole % 60, 's');
  const minutes = Math.round(whole / 60);
  if (minutes < 24 * 60) return join(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(minutes / 60);
  return join(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function join(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** A finding as the sentence that it is. */
export function formatSentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** Bytes as people say them: `63 B`, `1.4 kB`, `1.2 MB`; a kB has 1000. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 999_950 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/**
 * How long ago something was, with the time itself for machines and as a tooltip.
 *
 * @param time ISO 8601
 */
export function renderAgo(time: string, now: Date): Html {
  const seconds = (now.getTime() - Date.parse(time)) / 1000;
  // By the minute, so that a page that is kept up to date does not flicker.
  const text = seconds < 60 ? 'just now' : `${formatSeconds(seconds - (seconds % 60))} ago`;
  return html`<time datetime="${time}" title="${formatTime(time)}">${text}</time>`;
}

/** A moment in UTC, to the second. @param time ISO 8601 */
export function renderTime(time: string): Html {
  return html`<time datetime="${time}">${formatTime(time)}</time>`;
}

function formatTime(time: string): string {
  return `${time.slice(0, 19).replace('T', ' ')} UTC`;
}
