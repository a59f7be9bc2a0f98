import { loadAddressBook } from '../address/address-book.ts';
import { buildHclSpec } from '../config/hcl-spec.ts';
import { TASK_OPTIONS } from '../config/task-options.ts';
import type { Driver } from '../driver.ts';
import type { NodeFingerprint } from '../fingerprint.ts';
import { stopMannerOf } from '../signals.ts';
import type { Task } from '../task.ts';
import { parseTaskRecord, renderTaskRecord } from '../task-record.ts';
import type { TaskUsage } from '../task-stats.ts';
import { execHandlers } from './exec-handlers.ts';
import type { ServerStream, Unary } from './handlers.ts';
import { eventReply, exitResult, inspectReply, networkOverride, statsReply } from './replies.ts';
import { parseTaskRequest } from './task-request-parser.ts';
import { readBoolean, readBytes, readDurationMs, readMessage, readString } from './wire-reader.ts';

/** What the service asks of the plugin around it. */
export interface DriverServiceOptions {
  /** The driver, made at the first call that needs it: probes never get so far. */
  readonly driver: () => Driver;
  readonly watchNode: (signal: AbortSignal) => AsyncIterable<NodeFingerprint>;
  readonly watchUsage: (task: Task, periodMs: number, signal: AbortSignal) => AsyncIterable<TaskUsage>;
}

/** Nomad's default kill_timeout, for a request that has none. */
const DEFAULT_STOP_MS = 5_000;
const DEFAULT_STATS_PERIOD_MS = 1_000;
/** Of our driver_state, as TaskHandle.version: 0 would mean "before Nomad 0.9". */
const HANDLE_VERSION = 1;

/** The Driver service's requests with one answer each. */
export function driverHandlers({ driver }: DriverServiceOptions): Readonly<Record<string, Unary>> {
  return {
    Init: () => ({}),
    Shutdown: () => ({}),
    TaskConfigSchema: () => ({ spec: buildHclSpec(TASK_OPTIONS) }),
    Capabilities: () => ({ capabilities: CAPABILITIES }),

    StartTask: async message => {
      const config = readMessage(readMessage(message)['task']);
      const task = await driver().start(parseTaskRequest(config));
      const driverState = Buffer.from(renderTaskRecord(task.record));
      return {
        result: 'SUCCESS',
        handle: { version: HANDLE_VERSION, config, state: 'RUNNING', driver_state: driverState },
        network_override: networkOverride(task.record.driverPorts),
      };
    },

    RecoverTask: async message => {
      const handle = readMessage(readMessage(message)['handle']);
      const id = readString(readMessage(handle['config']), 'id');
      const state = Buffer.from(readBytes(handle, 'driver_state')).toString();
      await driver().recover(id, state === '' ? undefined : parseTaskRecord(state));
      return {};
    },

    WaitTask: async (message, signal) => {
      const task = driver().attend(taskId(message), signal);
      return { result: exitResult(await Promise.race([task.exited, rejection(signal)])), err: '' };
    },

    StopTask: async message => {
      const deadlineMs = readDurationMs(readMessage(message), 'timeout') ?? DEFAULT_STOP_MS;
      const manner = stopMannerOf(readString(readMessage(message), 'signal'));
      await driver().stop(taskId(message), deadlineMs, manner);
      return {};
    },

    DestroyTask: async message => {
      await driver().destroy(taskId(message), readBoolean(readMessage(message), 'force'));
      return {};
    },

    InspectTask: message => {
      const { record } = driver().find(taskId(message));
      const { stage } = record;
      return inspectReply({
        id: record.taskId,
        taskName: record.taskName,
        startedAt: stage.tag === 'starting' ? undefined : new Date(stage.startedAt),
        completedAt: stage.tag === 'exited' ? new Date(stage.completedAt) : undefined,
        exit: stage.tag === 'exited' ? stage.exit : undefined,
        driverPorts: record.driverPorts,
        attributes: {
          identity: record.identity,
          mac_addresses: record.macAddresses.join(','),
          addresses: loadAddressBook(record.files)
            .entries.map(({ address }) => address)
            .join(','),
        },
      });
    },

    ...execHandlers(driver),

    CreateNetwork: () => ({ isolation_spec: null, created: false }),
    DestroyNetwork: () => ({}),
  };
}

/** The Driver service's streams of answers. The first two never end: the agent would open them again at once. */
export function driverStreams(options: DriverServiceOptions): Readonly<Record<string, ServerStream>> {
  const { driver, watchNode, watchUsage } = options;
  return {
    Fingerprint: async function* (_message, signal) {
      for await (const { health, description, attributes } of watchNode(signal)) {
        const wire = Object.entries(attributes).map(([name, value]) => [name, { string_val: value }]);
        yield { health, health_description: description, attributes: Object.fromEntries(wire), err: '' };
      }
    },

    TaskEvents: async function* (_message, signal) {
      for await (const event of driver().events.stream(signal)) yield eventReply(event);
    },

    TaskStats: async function* (message, signal) {
      const task = driver().find(taskId(message));
      const periodMs = readDurationMs(readMessage(message), 'collection_interval') || DEFAULT_STATS_PERIOD_MS;
      for await (const usage of watchUsage(task, periodMs, signal))
        yield statsReply(task.record.taskId, usage);
    },
  };
}

/**
 * Tasks see host paths (fs_isolation NONE), as a VM's image and overlay are files of the host.
 */
const CAPABILITIES = {
  send_signals: true,
  exec: true,
  fs_isolation: 'NONE',
  network_isolation_modes: ['HOST', 'GROUP'],
  must_create_network: false,
  mount_configs: 'NO_MOUNTS',
};

function taskId(message: unknown): string {
  return readString(readMessage(message), 'task_id');
}

function rejection(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}
