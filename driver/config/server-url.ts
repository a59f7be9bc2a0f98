import type { ReportProblem } from './problem.ts';

/**
 * Checks the URL of a seed server and reports what is wrong with it.
 *
 * @returns the URL as it was written, or undefined after a problem.
 */
export function parseServerUrl(text: string, path: string, report: ReportProblem): string | undefined {
  const trouble = describeTrouble(text);
  if (trouble === undefined) return text;
  report(path, `${JSON.stringify(text)} ${trouble}, such as "http://192.168.1.10:8000/"`);
  return undefined;
}

function describeTrouble(text: string): string | undefined {
  // The guest cuts its seed address at white space and at semicolons (cloud-init, DataSourceNoCloud).
  if (/[\s;]/.test(text))
    return 'holds a space or a semicolon, where cloud-init would cut it off; write a plain URL';
  const url = URL.parse(text);
  if (url === null) return 'is not a URL; write the address of the seed server';
  if (!['http:', 'https:'].includes(url.protocol)) return 'is not an http or https URL; write one';
  if (url.search !== '' || url.hash !== '') return 'has a query or a fragment; write the address without';
  if (url.username !== '' || url.password !== '')
    return 'has a user name or a password, which every guest could read; write it without';
  return undefined;
}
