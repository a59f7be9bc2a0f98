import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { RECORDED_BOOTS } from '../cloudinit-server/boot/recorded-boot.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../cloudinit-server/fakes/temporary-folder.ts';
import { findFreePort } from '../lab/demo/free-port.ts';
import { startProcess } from '../lab/lab-process.ts';
import { waitUntil } from '../lab/wait-until.ts';
import { type GuestRequest, replayGuest } from '../seed-guests/replay-guest.ts';
import { type Answer, sendRequest } from '../seed-guests/send-request.ts';

/** What guests saw of a server that was killed again and again, and what it remembers. */
export interface SeedStorm {
  readonly kills: number;
  readonly boots: number;
  readonly answered: number;
  /** Requests that were sent again, as the server was just not there. */
  readonly retried: number;
  /** Answers that were neither 200, 204 nor 503 with a time to come again. */
  readonly badAnswers: number;
  /** Files that a guest gave up on, as cloud-init does after 11 attempts a second apart. */
  readonly gaveUp: number;
  /** Reports that were answered and are not on record. */
  readonly lostReports: number;
  /** Guests that phoned home, were answered, and have no host key on record. */
  readonly lostHostKeys: number;
}

const ATTEMPTS = 11;
const RETRY_MS = 1_000;
const FIRST_PORT = 22_000;
/** A recorded boot that tells host keys. */
const RECORDING = RECORDED_BOOTS.indexOf('trixie-25.1.4');

interface Tally {
  answered: number;
  retried: number;
  badAnswers: number;
  gaveUp: number;
  readonly reports: { readonly seed: string; readonly what: string; readonly body: string }[];
}

/** Boots guests one after the other, some at once, while the server is killed at random moments and started again. */
export async function runSeedStorm(
  options: { readonly kills: number; readonly guests: number },
  report: (message: string) => void,
): Promise<SeedStorm> {
  await using folder = await createTemporaryFolder();
  const port = await findFreePort(FIRST_PORT);
  const tally: Tally = { answered: 0, retried: 0, badAnswers: 0, gaveUp: 0, reports: [] };
  const storm = new AbortController();
  let boots = 0;
  const bootAll = async () => {
    while (!storm.signal.aborted) {
      boots += 1;
      await bootGuest(folder, port, boots, tally);
    }
  };
  let server = await startServer(folder, port);
  const guests = Array.from({ length: options.guests }, bootAll);
  for (let kill = 1; kill <= options.kills; kill += 1) {
    // Long enough for guests to come back, which they do after a second.
    await delay(Math.random() * 2 * RETRY_MS);
    await server.kill('SIGKILL');
    report(`kill ${kill} of ${options.kills}, ${tally.answered} answers so far`);
    server = await startServer(folder, port);
  }
  storm.abort();
  await Promise.all(guests);
  await server.kill('SIGTERM');
  const { reports, ...counts } = tally;
  return { kills: options.kills, boots, ...counts, ...countLost(join(folder.path, 'state'), reports) };
}

async function startServer(folder: TemporaryFolder, port: number) {
  const log = join(folder.path, `serve-${Math.random()}.log`);
  const main = join(import.meta.dirname, '../../main.ts');
  const places = ['--seeds', join(folder.path, 'seeds'), '--state', join(folder.path, 'state')];
  await folder.folder('seeds');
  const server = await startProcess(
    [process.execPath, main, 'serve', ...places, '--listen', `127.0.0.1:${port}`],
    log,
  );
  const isUp = async () => (await readFile(log, 'utf8')).includes('"message":"listening"') || undefined;
  await waitUntil('the server to listen', isUp, AbortSignal.timeout(60_000));
  return server;
}

async function bootGuest(folder: TemporaryFolder, port: number, number: number, tally: Tally): Promise<void> {
  const seed = `vm${number}`;
  await folder.write(`seeds/${seed}/user-data`, '#cloud-config\n');
  const route = { host: '127.0.0.1', port, from: `127.2.${(number >> 8) & 255}.${number & 255}` };
  await replayGuest({ seedPath: `/${seed}/`, recording: RECORDING }, async request => {
    const answer = await sendUntilAnswered(route, request, tally);
    if (answer.status === 204) tally.reports.push({ seed, what: request.what, body: request.body });
    return answer;
  }).catch(() => {
    tally.gaveUp += 1;
  });
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

function countLost(state: string, reports: Tally['reports']) {
  using database = new DatabaseSync(join(state, 'state.db'), { readOnly: true });
  const seen = new Set(
    database
      .prepare(
        `select vm.key as key, data from observation join boot on boot.id = boot_id join vm on vm.id = boot.vm_id`,
      )
      .all()
      .map(({ key, data }) => {
        const { name, phase, guestSeconds } = JSON.parse(String(data));
        return `${key} ${name} ${phase} ${guestSeconds}`;
      }),
  );
  const withKeys = new Set(
    database
      .prepare('select distinct vm.key as key from host_key join vm on vm.id = vm_id')
      .all()
      .map(({ key }) => String(key)),
  );
  const events = reports.filter(({ what }) => what === 'events');
  const phoned = reports.filter(({ what, body }) => what === 'phone-home' && body.includes('pub_key_'));
  return {
    lostReports: events.filter(({ seed, body }) => {
      const { name, event_type: phase, timestamp } = JSON.parse(body);
      return !seen.has(`seed:${seed} ${name} ${phase} ${timestamp}`);
    }).length,
    lostHostKeys: phoned.filter(({ seed }) => !withKeys.has(`seed:${seed}`)).length,
  };
}

/** What is wrong, each as a sentence. */
export function judgeSeedStorm(storm: SeedStorm): readonly string[] {
  const { answered, badAnswers, gaveUp, lostReports, lostHostKeys } = storm;
  return [
    ...(answered === 0 ? ['no request was answered'] : []),
    ...(badAnswers > 0 ? [`${badAnswers} answers were neither success nor a pause`] : []),
    ...(gaveUp > 0 ? [`${gaveUp} guests gave up`] : []),
    ...(lostReports > 0 ? [`${lostReports} reports were answered and lost`] : []),
    ...(lostHostKeys > 0 ? [`host keys of ${lostHostKeys} guests were lost`] : []),
  ];
}
