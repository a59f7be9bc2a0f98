import { copyFile, readFile, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createDriverLab, type DriverLab, EXECUTABLE } from '../lab/driver-lab.ts';
import { waitUntil } from '../lab/wait-until.ts';
import { type Counter, judgeCounter, startCounter } from './guests.ts';
import { chooseEnd, runAndEnd, type ShortLife } from './short-life.ts';
import { addVerdicts, FLAWLESS, type Verdict } from './verdict.ts';

/** How much is broken, how often. */
export interface ChaosOptions {
  /** VMs that run through all of it. */
  readonly guests: number;
  readonly pluginKills: number;
  readonly agentKills: number;
}

/** What a run did and found. */
export interface ChaosResult {
  readonly verdict: Verdict;
  readonly linesCompared: number;
  /** Of all counting VMs together, over their whole lives. */
  readonly consoleBytesPerSecond: number;
  /** The VMs that came and went meanwhile. */
  readonly lives: readonly ShortLife[];
  readonly seconds: number;
}

const PLUGIN_FILE = 'nomad-driver-vm';
/** The agent notices a dead plugin after some 2 s. */
const RECOVERY_MS = 60_000;

/**
 * Breaks a lab's plugin and agent again and again while VMs count, start and end, and compares everything afterwards.
 *
 * Half-way through its kills the plugin's file is replaced, so that a new process takes over the VMs of the old one.
 */
export async function runChaos(
  options: ChaosOptions,
  report: (message: string) => void,
): Promise<ChaosResult> {
  const startedAt = performance.now();
  await using lab = await createDriverLab();
  report(`starting ${options.guests} VMs`);
  const names = Array.from({ length: options.guests }, (_, index) => `counter-${index}`);
  const counters = await Promise.all(names.map(name => startCounter(lab, name)));

  const churn = startChurn(lab);
  for (let kill = 1; kill <= options.pluginKills; kill += 1) {
    if (kill === Math.ceil(options.pluginKills / 2)) await upgradePlugin(lab);
    await killPlugin(lab, counters);
    report(`plugin killed ${kill} of ${options.pluginKills} times`);
    // Anything from "just noticed" to "long recovered".
    await delay(Math.random() * 1_500);
  }
  for (let kill = 1; kill <= options.agentKills; kill += 1) {
    await lab.nomad.restart('SIGKILL');
    report(`agent killed ${kill} of ${options.agentKills} times`);
    await delay(Math.random() * 1_500);
  }
  const lives = await churn.stop();

  report('comparing what the guests printed with what Nomad has');
  let verdict: Verdict = addVerdicts(FLAWLESS, {
    wrongExitCodes: lives.filter(({ isWrong }) => isWrong).length,
  });
  let linesCompared = 0;
  let consoleBytesPerSecond = 0;
  for (const counter of counters) {
    const judged = await judgeCounter(lab, counter);
    verdict = addVerdicts(verdict, judged.verdict);
    linesCompared += judged.lines;
    consoleBytesPerSecond += judged.bytesPerSecond;
  }
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  return { verdict, linesCompared, consoleBytesPerSecond, lives, seconds };
}

/**
 * Kills the plugin and waits until its successor has recovered every counting VM: a plugin that dies while Nomad recovers
 * its tasks loses them, as Nomad then destroys them (task_runner.go, restoreHandle).
 */
async function killPlugin(lab: DriverLab, counters: readonly Counter[]): Promise<void> {
  const pid = await lab.nomad.pluginPid(PLUGIN_FILE);
  if (pid === undefined) throw new Error('The plugin does not run');
  const before = (await readFile(lab.nomad.logFile, 'utf8')).length;
  process.kill(pid, 'SIGKILL');
  const signal = AbortSignal.timeout(RECOVERY_MS);
  const readNews = async () => (await readFile(lab.nomad.logFile, 'utf8')).slice(before).split('\n');
  try {
    await waitUntil('the recovery of every VM', async () => areRecovered(counters, await readNews()), signal);
  } catch (cause) {
    const kept = join(tmpdir(), 'nomad-vm-chaos-agent.log');
    await copyFile(lab.nomad.logFile, kept);
    throw new Error(`Not every VM was recovered; see the agent's log, kept in "${kept}"`, { cause });
  }
}

function areRecovered(counters: readonly Counter[], news: readonly string[]): true | undefined {
  const recovered = news.filter(line => line.includes('task successfully recovered on driver'));
  const isRecovered = ({ allocId }: Counter) => recovered.some(line => line.includes(allocId));
  return counters.every(isRecovered) ? true : undefined;
}

/** Puts a new file in the place of the plugin's, as an operator's package manager does. */
async function upgradePlugin(lab: DriverLab): Promise<void> {
  const installed = join(lab.lab.folder, 'nomad', 'plugins', PLUGIN_FILE);
  await copyFile(EXECUTABLE, `${installed}.new`);
  await rename(`${installed}.new`, installed);
}

interface Churn {
  stop(): Promise<readonly ShortLife[]>;
}

/** Starts and ends VMs, one after the other, until stopped. */
function startChurn(lab: DriverLab): Churn {
  let isStopping = false;
  const work = async () => {
    const lives: ShortLife[] = [];
    while (!isStopping) lives.push(await runAndEnd(lab, `churn-${lives.length}`, chooseEnd(Math.random)));
    return lives;
  };
  const working = work();
  // Whoever stops it gets the failure.
  working.catch(() => undefined);
  return {
    stop: () => {
      isStopping = true;
      return working;
    },
  };
}
