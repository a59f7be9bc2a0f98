import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createTemporaryFolder, type TemporaryFolder } from '../cloudinit-server/fakes/temporary-folder.ts';
import { findFreePort } from '../lab/demo/free-port.ts';
import { startServer } from '../seed-guests/start-server.ts';
import { bootGuest, type Tally } from './seed-guest.ts';
import { countLost, type SeedsLost } from './seeds-lost.ts';

/** What guests and drivers saw of a server that was killed again and again, and what it remembers. */
export interface SeedStorm extends SeedsLost {
  readonly kills: number;
  readonly boots: number;
  /** VMs that a driver has registered. */
  readonly registered: number;
  readonly answered: number;
  /** Requests that were sent again, as the server was just not there. */
  readonly retried: number;
  /** Answers that were neither 200, 204 nor 503 with a time to come again. */
  readonly badAnswers: number;
  /** Guests that gave up on a file, as cloud-init does after 11 attempts a second apart, or whose driver did. */
  readonly gaveUp: number;
}

/** Another run may be under way, whose server is just away. */
const FIRST_PORT = 20_000 + Math.floor(Math.random() * 10_000);
/** Guests come back after it. */
const SECOND_MS = 1_000;

/** Boots guests one after the other, some at once, while the server is killed at random moments and started again. */
export async function runSeedStorm(
  options: { readonly kills: number; readonly guests: number },
  report: (message: string) => void,
): Promise<SeedStorm> {
  await using folder = await createTemporaryFolder();
  const guestsPort = await findFreePort(FIRST_PORT);
  const driversPort = await findFreePort(guestsPort + 1);
  const tally: Tally = { answered: 0, retried: 0, badAnswers: 0, gaveUp: 0, registered: [], reports: [] };
  const storm = new AbortController();
  let boots = 0;
  const bootAll = async () => {
    while (!storm.signal.aborted) {
      boots += 1;
      const seed = `vm${boots}`;
      const number = boots;
      await folder.write(`seeds/${seed}/user-data`, '#cloud-config\n');
      await bootGuest(seed, number, ports, tally);
    }
  };
  let server = await startSeedServer(folder, guestsPort, driversPort);
  const driversToken = (await readFile(join(folder.path, DRIVERS_TOKEN), 'utf8')).trim();
  const ports = { guests: guestsPort, drivers: driversPort, driversToken };
  const guests = Array.from({ length: options.guests }, bootAll);
  for (let kill = 1; kill <= options.kills; kill += 1) {
    // Every other time whoever waits has its turn before, as guests give up after eleven times.
    await delay((kill % 2) * SECOND_MS + Math.random() * SECOND_MS);
    await server.process.kill('SIGKILL');
    report(`kill ${kill} of ${options.kills}, ${tally.answered} answers so far`);
    server = await startSeedServer(folder, guestsPort, driversPort);
  }
  storm.abort();
  await Promise.all(guests);
  await server.process.kill('SIGTERM');
  const { reports: _, registered, ...counts } = tally;
  const lost = countLost(join(folder.path, 'state'), tally);
  return { kills: options.kills, boots, registered: registered.length, ...counts, ...lost };
}

const DRIVERS_TOKEN = 'drivers-token';

async function startSeedServer(folder: TemporaryFolder, guestsPort: number, driversPort: number) {
  const main = join(import.meta.dirname, '../../main.ts');
  const places = ['--seeds', join(folder.path, 'seeds'), '--state', join(folder.path, 'state')];
  const tokenFile = join(folder.path, DRIVERS_TOKEN);
  const drivers = ['--drivers', `127.0.0.1:${driversPort}`, '--drivers-token', tokenFile];
  await folder.folder('seeds');
  return startServer(
    [process.execPath, main, 'serve', ...places, ...drivers, '--listen', `127.0.0.1:${guestsPort}`],
    join(folder.path, `serve-${Math.random()}.log`),
    output => (output.includes('"message":"listening"') ? guestsPort : undefined),
    new AbortController().signal,
  );
}

/** What is wrong, each as a sentence. */
export function judgeSeedStorm(storm: SeedStorm): readonly string[] {
  const { answered, registered, badAnswers, gaveUp, lostReports, lostHostKeys } = storm;
  const { lostRegistrations, lostEvents } = storm;
  return [
    ...(answered === 0 ? ['no request was answered'] : []),
    ...(registered === 0 ? ['no VM was registered'] : []),
    ...(badAnswers > 0 ? [`${badAnswers} answers were neither success nor a pause`] : []),
    ...(gaveUp > 0 ? [`${gaveUp} guests gave up`] : []),
    ...(lostReports > 0 ? [`${lostReports} reports were answered and lost`] : []),
    ...(lostHostKeys > 0 ? [`host keys of ${lostHostKeys} guests were lost`] : []),
    ...(lostRegistrations > 0 ? [`${lostRegistrations} registrations were answered and lost`] : []),
    ...(lostEvents > 0 ? [`${lostEvents} drivers would not hear how a boot ended`] : []),
  ];
}
