import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Observation } from '../../../cloudinit-server/boot/observation.ts';
import { parseEvent } from '../../../cloudinit-server/boot/parse-event.ts';
import { parsePhoneHome } from '../../../cloudinit-server/boot/parse-phone-home.ts';
import { isSeedFile } from '../../../cloudinit-server/seed-files.ts';

/** What real guests sent while they booted. */
export const RECORDED_BOOTS = ['bookworm-22.4.2', 'trixie-25.1.4', 'trixie-25.1.4-vendordata'] as const;

/** One request of a recorded boot. */
export interface RecordedRequest {
  /** In ms. */
  readonly at: number;
  readonly method: 'GET' | 'POST';
  /** Below the seed: a file, `events` or `phone-home`. */
  readonly path: string;
  readonly body?: string;
  readonly userAgent?: string;
}

/** Reads a recorded boot. */
export function readRecordedBoot(name: (typeof RECORDED_BOOTS)[number]): readonly RecordedRequest[] {
  const file = new URL(`../../fixtures/cloud-init/${name}.boot.jsonl`, import.meta.url);
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));
}

/** A recorded boot as the server sees it. */
export function observeRecordedBoot(name: (typeof RECORDED_BOOTS)[number]): readonly Observation[] {
  return readRecordedBoot(name).map(request => toObservation(request));
}

function toObservation({ at, path, body = '', userAgent = '' }: RecordedRequest): Observation {
  const heard = { at, address: '10.77.0.56' };
  if (isSeedFile(path)) {
    const contentId = createHash('sha256').update(path).digest('hex').slice(0, 12);
    const answered = { file: path, status: 200, bytes: 10, contentId, asksForReports: true };
    return { kind: 'file', ...heard, ...answered, userAgent };
  }
  const { hostKeys: _, ...phoneHome } = parsePhoneHome(body);
  if (path.startsWith('phone-home')) return { kind: 'phone-home', ...heard, ...phoneHome };
  const event = parseEvent(body);
  if (event === undefined) throw new Error(`no event: ${body}`);
  return { ...event, ...heard };
}
