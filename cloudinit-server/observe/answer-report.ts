import { parseEvent } from '../boot/parse-event.ts';
import { parsePhoneHome } from '../boot/parse-phone-home.ts';
import { SeedError } from '../errors.ts';
import type { GuestAnswer } from '../guests/guest-answer.ts';
import type { GuestRequest } from '../guests/guest-request.ts';
import { readAddress } from '../request-facts.ts';
import type { KnownVm } from '../state/vm-table.ts';
import { REPORT_PATHS } from '../vendor/observing-config.ts';
import type { Observer } from './observer.ts';

/** Bytes; an event has 250, a phone-home 1000. */
const MAX_BODY_BYTES = 32 * 1024;

const TAKEN: GuestAnswer = { status: 204 };

/**
 * Answers the two kinds of `POST` by which guests tell what they do: cloud-init's webhook reporter (which names no
 * content type) and its phone_home module. Whoever knows the token is the guest. What is told is on record before it
 * is answered 204.
 *
 * @returns undefined when the target is neither
 * @throws {SeedError} `token-unknown`, `report-invalid`, `request-body-too-long` or `request-cut-off`
 */
export function answerReport(
  request: GuestRequest,
  options: { readonly observer: Observer; readonly now: () => number },
): Promise<GuestAnswer> | undefined {
  const { observer, now } = options;
  const [path = ''] = request.url.split('?', 1);
  const address = readAddress(request.ip) ?? '';
  if (path.startsWith(REPORT_PATHS.events)) {
    return takeReport(request, path.slice(REPORT_PATHS.events.length), observer, (vm, body) => {
      const event = parseEvent(body);
      if (event === undefined)
        throw new SeedError('report-invalid', 'Cannot read a report: it is no event of cloud-init');
      return observer.record(vm, { ...event, at: now(), address });
    });
  }
  if (path.startsWith(REPORT_PATHS.phoneHome)) {
    return takeReport(request, path.slice(REPORT_PATHS.phoneHome.length), observer, (vm, body) =>
      observer.recordPhoneHome(vm, parsePhoneHome(body), address),
    );
  }
  return undefined;
}

async function takeReport(
  request: GuestRequest,
  token: string,
  observer: Observer,
  take: (vm: KnownVm, body: string) => Promise<void>,
): Promise<GuestAnswer> {
  // First, as an answer to who is still sending may be lost.
  const body = await request.readBody(MAX_BODY_BYTES);
  const vm = observer.findVmByToken(token);
  if (vm === undefined) {
    throw new SeedError(
      'token-unknown',
      'Cannot accept a report: its token is unknown; the guest was set up by another server, or this one lost its state',
    );
  }
  await take(vm, body);
  return TAKEN;
}
