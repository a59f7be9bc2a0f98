/** One of the events that Nomad shows in `nomad alloc status`. */
export interface TaskEvent {
  /** "Started", "Driver", "Terminated", … */
  readonly type: string;
  readonly message: string;
  readonly details: Readonly<Record<string, string>>;
}

/** A task of an allocation, as Nomad's servers know it. */
export interface TaskSnapshot {
  readonly allocId: string;
  readonly name: string;
  /** "pending", "running" or "dead". */
  readonly state: string;
  readonly failed: boolean;
  readonly restarts: number;
  /** Oldest first; Nomad keeps the last ten. */
  readonly events: readonly TaskEvent[];
  /** Of the task's last end; undefined before the first. */
  readonly exitCode: number | undefined;
}

/** Reads the tasks out of `/v1/job/…/allocations`, newest allocation first. What isn't there yet is left out. */
export function parseTasks(allocations: unknown): readonly TaskSnapshot[] {
  return asArray(allocations)
    .map(asRecord)
    .sort((a, b) => Number(b['CreateIndex']) - Number(a['CreateIndex']))
    .flatMap(alloc =>
      Object.entries(asRecord(alloc['TaskStates'])).map(([name, state]) =>
        parseTask(String(alloc['ID']), name, state),
      ),
    );
}

function parseTask(allocId: string, name: string, value: unknown): TaskSnapshot {
  const state = asRecord(value);
  const events = asArray(state['Events']).map(parseEvent);
  const exit = events.findLast(event => event.type === 'Terminated')?.details['exit_code'];
  return {
    allocId,
    name,
    state: String(state['State']),
    failed: state['Failed'] === true,
    restarts: Number(state['Restarts'] ?? 0),
    events,
    exitCode: exit === undefined ? undefined : Number(exit),
  };
}

function parseEvent(value: unknown): TaskEvent {
  const event = asRecord(value);
  const details = Object.entries(asRecord(event['Details'])).map(([key, detail]) => [key, String(detail)]);
  return {
    type: String(event['Type']),
    message: String(event['DisplayMessage'] ?? ''),
    details: Object.fromEntries(details),
  };
}

/** An object's fields; none where it is no object (Nomad writes null for what is empty). */
export function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

/** An array's members; none where it is no array. */
export function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
