import { setTimeout as delay } from 'node:timers/promises';
import { createDriversApi } from '../../cloudinit-server/client/drivers-api.ts';
import { RECORDED_BOOTS } from '../cloudinit-server/boot/recorded-boot.ts';
import { buildRegistration, nameRegisteredVm } from '../seed-guests/build-registration.ts';
import { type GuestRequest, replayGuest } from '../seed-guests/replay-guest.ts';
import { type Answer, sendRequest } from '../seed-guests/send-request.ts';

/** Where guests and drivers find the server. */
export interface SeedPorts {
  readonly guests: number;
  readonly drivers: number;
  /** What drivers have to show. */
  readonly driversToken: string;
}

/** What guests and drivers were answered. */
export interface Tally {
  answered: number;
  retried: number;
  badAnswers: number;
  gaveUp: number;
  /** Keys of the VMs whose registration was answered. */
  readonly registered: string[];
  /** Reports that were answered. */
  readonly reports: { readonly key: string; readonly what: string; readonly body: string }[];
}

const ATTEMPTS = 11;
const RETRY_MS = 1_000;
/** A recorded boot that tells host keys. */
const RECORDING = RECORDED_BOOTS.indexOf('trixie-25.1.4');

/** Boots a guest against a server that may not be there; every other one is registered by a driver before. */
export async function bootGuest(seed: string, number: number, ports: SeedPorts, tally: Tally): Promise<void> {
  const route = {
    host: '127.0.0.1',
    port: ports.guests,
    from: `127.2.${(number >> 8) & 255}.${number & 255}`,
  };
  try {
    const vm = number % 2 === 0 ? await register(seed, number, ports, tally) : byPath(seed);
    await replayGuest({ seedPath: vm.seedPath, recording: RECORDING }, async request => {
      const answer = await sendUntilAnswered(route, request, tally);
      if (answer.status === 204) tally.reports.push({ key: vm.key, what: request.what, body: request.body });
      return answer;
    });
  } catch {
    tally.gaveUp += 1;
  }
}

/** A VM of the storm. */
interface StormVm {
  readonly key: string;
  readonly seedPath: string;
}

function byPath(seed: string): StormVm {
  return { key: `seed:${seed}`, seedPath: `/${seed}/` };
}

/** As the driver does, until it is answered. */
async function register(seed: string, number: number, ports: SeedPorts, tally: Tally): Promise<StormVm> {
  const drivers = createDriversApi({ url: `http://127.0.0.1:${ports.drivers}`, token: ports.driversToken });
  const identity = nameRegisteredVm(seed);
  const request = buildRegistration(seed, number, ports.guests);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const result = await drivers.register(identity, request, AbortSignal.timeout(30_000));
    if (result.kind === 'registered') {
      const vm = { key: `vm:${identity}`, seedPath: result.registration.seed_path };
      tally.answered += 1;
      tally.registered.push(vm.key);
      return vm;
    }
    if (result.kind !== 'unreachable') tally.badAnswers += 1;
    tally.retried += 1;
    await delay(RETRY_MS);
  }
  throw new Error(`Cannot register "${seed}": gave up`);
}

/** As cloud-init asks for its files; its reports are as stubborn here, so that as many as can be are answered. */
async function sendUntilAnswered(
  route: { readonly host: string; readonly port: number; readonly from: string },
  request: GuestRequest,
  tally: Tally,
): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await sendRequest(route, request).catch(() => undefined);
    if (answer?.status === 200 || answer?.status === 204) {
      tally.answered += 1;
      return answer;
    }
    const isPause = answer === undefined || (answer.status === 503 && answer.retryAfter !== undefined);
    if (!isPause) tally.badAnswers += 1;
    if (attempt === ATTEMPTS) throw new Error(`Cannot get "${request.what}": gave up`);
    tally.retried += 1;
    await delay(RETRY_MS);
  }
}
