import type { DriverEvent } from '../task-events.ts';
import type { TaskExit } from '../task-exit.ts';
import type { TaskUsage } from '../task-stats.ts';

/**
 * Builds every reply that holds a nested message. An absent one crashes Nomad's whole agent in several places, so
 * replies are never put together anywhere else.
 */
export function exitResult(exit: TaskExit): object {
  return { exit_code: exit.exitCode, signal: exit.signal, oom_killed: exit.isOomKilled };
}

/** Nomad's "not yet": Go's zero time. */
const ZERO_TIME = { seconds: -62135596800, nanos: 0 };

/** A google.protobuf.Timestamp. */
export function timestamp(time: Date | undefined): object {
  if (time === undefined) return ZERO_TIME;
  const ms = time.getTime();
  return { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 };
}

/** What InspectTask says of a task. */
export interface TaskInspection {
  readonly id: string;
  readonly taskName: string;
  readonly startedAt: Date | undefined;
  readonly completedAt: Date | undefined;
  readonly exit: TaskExit | undefined;
  readonly driverPorts: Readonly<Record<string, number>> | undefined;
  readonly attributes: Readonly<Record<string, string>>;
}

export function inspectReply(task: TaskInspection): object {
  return {
    task: {
      id: task.id,
      name: task.taskName,
      state: task.exit === undefined ? 'RUNNING' : 'EXITED',
      started_at: timestamp(task.startedAt),
      completed_at: timestamp(task.completedAt),
      result: exitResult(task.exit ?? { exitCode: 0, signal: 0, isOomKilled: false }),
    },
    driver: { attributes: task.attributes },
    network_override: networkOverride(task.driverPorts),
  };
}

/** A NetworkOverride without an address; null, which Nomad expects, where the VM has no network of its own. */
export function networkOverride(ports: Readonly<Record<string, number>> | undefined): object | null {
  return ports === undefined ? null : { port_map: ports, addr: '', auto_advertise: false };
}

export function eventReply(event: DriverEvent): object {
  return {
    task_id: event.taskId,
    alloc_id: event.allocId,
    task_name: event.taskName,
    timestamp: timestamp(event.at),
    message: event.message,
    annotations: event.annotations,
  };
}

/** TOTAL_TICKS is not listed as measured: Nomad 1.11.3 then shifts the columns of `alloc status -stats` by one. */
export function statsReply(taskId: string, usage: TaskUsage): object {
  const { throttling, guestUsedBytes } = usage;
  const resourceUsage = {
    cpu: {
      system_mode: usage.systemPercent,
      user_mode: usage.userPercent,
      percent: usage.systemPercent + usage.userPercent,
      total_ticks: usage.totalMhz,
      ...(throttling === undefined
        ? {}
        : { throttled_periods: throttling.periods, throttled_time: throttling.timeNs }),
      measured_fields: [
        'SYSTEM_MODE',
        'USER_MODE',
        'PERCENT',
        ...(throttling === undefined ? [] : ['THROTTLED_PERIODS', 'THROTTLED_TIME']),
      ],
    },
    memory: {
      rss: usage.residentBytes,
      max_usage: usage.peakResidentBytes,
      swap: usage.swapBytes,
      ...(guestUsedBytes === undefined ? {} : { usage: guestUsedBytes }),
      measured_fields: ['RSS', 'MAX_USAGE', 'SWAP', ...(guestUsedBytes === undefined ? [] : ['USAGE'])],
    },
  };
  return {
    stats: {
      id: taskId,
      timestamp: timestamp(usage.at),
      agg_resource_usage: resourceUsage,
      resource_usage_by_pid: { [String(usage.pid)]: resourceUsage },
    },
  };
}
