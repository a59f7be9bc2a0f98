import { buildSeedUrl } from '../../cloudinit-server/client.ts';
import { readMessage } from '../../qemu/error-message.ts';
import type { ReportProblem } from './problem.ts';

/**
 * Checks the URL of a seed server and reports what is wrong with it.
 *
 * @returns the URL as it was written, or undefined after a problem.
 */
export function parseServerUrl(text: string, path: string, report: ReportProblem): string | undefined {
  try {
    buildSeedUrl(text, '.');
    return text;
  } catch (error) {
    report(path, readMessage(error));
    return undefined;
  }
}
