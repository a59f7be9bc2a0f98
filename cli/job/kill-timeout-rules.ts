import { parseDurationMs } from '../../driver/config/duration.ts';
import { TASK_DEFAULTS } from '../../driver/config/task-options.ts';
import { stopMannerOf } from '../../driver/signals.ts';
import type { AgentRules } from './agent-rules.ts';
import { toFinding } from './config-rules.ts';
import type { Finding } from './finding.ts';
import type { VmTask } from './vm-task.ts';

/** What holds where a task says nothing: Nomad's own default. */
const DEFAULT_KILL_TIMEOUT = '5s';
/** A guest with some services needs 10 s and more to shut down, and twice that on a busy node. */
const CLEAN_STOP_MS = 20_000;

/** Whether a guest that is asked to shut down has the time to do so. */
export function checkKillTimeout(task: VmTask, agent: AgentRules): readonly Finding[] {
  const message = isTooShort(task) ? describeTooShort(task) : describeCut(task, agent);
  return message === undefined ? [] : [toFinding(task, 'warning', { path: 'kill_timeout', message })];
}

/** A time that only Nomad knows is not judged. */
function isTooShort(task: VmTask): boolean {
  const timeoutMs = parseDurationMs(task.killTimeout ?? DEFAULT_KILL_TIMEOUT);
  return timeoutMs !== undefined && timeoutMs < CLEAN_STOP_MS && asksGuest(task);
}

function asksGuest({ personality, config, killSignal }: VmTask): boolean {
  const isGraceful = config.graceful_shutdown ?? TASK_DEFAULTS[personality].graceful_shutdown;
  return isGraceful === true && stopMannerOf(String(killSignal ?? '')) === 'as-configured';
}

function describeTooShort({ killTimeout }: VmTask): string {
  const found =
    killTimeout === undefined
      ? `is missing, and Nomad's default is ${DEFAULT_KILL_TIMEOUT}`
      : `is "${killTimeout}"`;
  return `${found}: the power of a guest that takes longer to shut down is cut; set kill_timeout = "30s", at least ${CLEAN_STOP_MS / 1000}s`;
}

function describeCut({ killTimeout }: VmTask, { plugins, maxKillTimeoutMs }: AgentRules): string | undefined {
  const timeoutMs = parseDurationMs(killTimeout);
  if (timeoutMs === undefined || timeoutMs <= maxKillTimeoutMs) return undefined;
  const limit =
    plugins === undefined
      ? "the agent's limit, 30s unless raised"
      : `the agent's limit, ${maxKillTimeoutMs / 1000}s`;
  return `"${killTimeout}" is cut to ${limit}; set max_kill_timeout = "${killTimeout}" or more in the client block of the agent's configuration`;
}
