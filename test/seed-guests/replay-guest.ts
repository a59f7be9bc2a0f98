import {
  RECORDED_BOOTS,
  type RecordedRequest,
  readRecordedBoot,
} from '../cloudinit-server/boot/recorded-boot.ts';
import type { Answer, RawRequest } from './send-request.ts';

/** A VM that boots as a recorded one did. */
export interface Guest {
  /** Path of its seed's URL, with a slash at both ends. */
  readonly seedPath: string;
  /** Which of the recorded boots; any number. */
  readonly recording: number;
}

/** One request of a guest. */
export interface GuestRequest extends RawRequest {
  /** In ms, after the first request of the boot. */
  readonly atMs: number;
  /** A file of the seed, `events` or `phone-home`. */
  readonly what: string;
  /** What is told, for `events` and `phone-home`. */
  readonly body: string;
}

type Send = (request: GuestRequest) => Promise<Answer>;

/**
 * Sends a recorded boot's requests in order, each when the one before it is answered: the files of its own seed, and
 * reports to where its vendor-data says.
 *
 * @param send takes each request
 * @throws when the vendor-data asks for no reports
 */
export async function replayGuest(guest: Guest, send: Send): Promise<void> {
  const vendorData = await fetchSeed(guest, send);
  const paths = new Map(readReportPaths(vendorData));
  for (const { at, method, path, body = '' } of readRecording(guest)) {
    if (method === 'GET') continue;
    const what = path.startsWith('phone-home') ? 'phone-home' : 'events';
    const target = paths.get(what);
    if (target === undefined)
      throw new Error(`Cannot replay a boot: vendor-data of "${guest.seedPath}" asks for no "${what}"`);
    await send(buildReport(guest, { what, target, body, atMs: at - readBegin(guest) }));
  }
}

/** Fetches the files of a seed as the recorded guest did, which is the begin of a boot; returns the vendor-data. */
export async function fetchSeed(guest: Guest, send: Send): Promise<string> {
  let vendorData = '';
  for (const { at, method, path } of readRecording(guest)) {
    if (method !== 'GET') break;
    const head = buildHead(guest, 'GET', `${guest.seedPath}${path}`);
    const answer = await send({ atMs: at - readBegin(guest), what: path, head, body: '' });
    if (path === 'vendor-data') vendorData = answer.body;
  }
  return vendorData;
}

const RECORDINGS: readonly (readonly RecordedRequest[])[] = RECORDED_BOOTS.map(readRecordedBoot);

function readRecording({ recording }: Guest): readonly RecordedRequest[] {
  return RECORDINGS[recording % RECORDINGS.length] ?? [];
}

function readBegin(guest: Guest): number {
  return readRecording(guest)[0]?.at ?? 0;
}

function buildReport(
  guest: Guest,
  { target, ...report }: Pick<GuestRequest, 'what' | 'body' | 'atMs'> & { readonly target: string },
): GuestRequest {
  const type = report.what === 'phone-home' ? 'Content-Type: application/x-www-form-urlencoded\r\n' : '';
  const more = `Content-Length: ${Buffer.byteLength(report.body)}\r\n${type}`;
  return { ...report, head: buildHead(guest, 'POST', target, more) };
}

/** As python-requests writes it; the server does not look at the host's name. */
function buildHead(guest: Guest, method: string, target: string, more = ''): string {
  const agent = readRecording(guest)[0]?.userAgent ?? '';
  return `${method} ${target} HTTP/1.1\r\nHost: seeds.lab:8000\r\nUser-Agent: ${agent}\r\nAccept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\n${more}\r\n`;
}

function readReportPaths(vendorData: string): readonly (readonly [string, string])[] {
  return [...vendorData.matchAll(/https?:\/\/[^/\s]+(\/-\/(events|phone-home)\/[\w-]+)/g)].map(
    ([, path = '', what = '']) => [what, path] as const,
  );
}
