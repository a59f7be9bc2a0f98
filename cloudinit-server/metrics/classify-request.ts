import { READY_PATH } from '../observe/answer-ready.ts';
import { SEED_FILES } from '../seed-files.ts';
import { REPORT_PATHS } from '../vendor/observing-config.ts';
import type { RequestKind } from './server-metrics.ts';

const HEALTH_PATHS: readonly string[] = ['/healthz', '/readyz'];

/**
 * What a request's target asks for, whether it is there or not; undefined for what monitoring asks. It may hold a
 * token, of which nothing is in the answer.
 */
export function classifyRequest(target: string): RequestKind | undefined {
  const [path = ''] = target.split(/[?#]/, 1);
  if (HEALTH_PATHS.includes(path) || path.startsWith(READY_PATH)) return undefined;
  if (path.startsWith(REPORT_PATHS.events)) return 'report';
  if (path.startsWith(REPORT_PATHS.phoneHome)) return 'phone-home';
  const end = path.replace(/\/+$/, '');
  return SEED_FILES.find(file => end.endsWith(file)) ?? 'other';
}
