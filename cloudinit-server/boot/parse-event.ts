import { EVENT_RESULTS, type EventReported } from './observation.ts';

/** Names that cloud-init gives its steps, and ours to keep logs and pages free of anything else. */
const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,63}(?:\/[A-Za-z0-9_.-]{1,64}){0,2}$/;

/**
 * Reads the body of cloud-init's webhook reporter, or undefined when it is none. Everything but the name and the
 * phase may be missing or nonsense; a description is not kept, as it is prose that a guest may choose.
 */
export function parseEvent(body: string): Omit<EventReported, 'at' | 'address'> | undefined {
  const fields = parseObject(body);
  const { name, event_type: phase, result, timestamp } = fields ?? {};
  if (typeof name !== 'string' || !NAME.test(name) || (phase !== 'start' && phase !== 'finish'))
    return undefined;
  const known = phase === 'finish' ? EVENT_RESULTS.find(value => value === result) : undefined;
  return {
    kind: 'event',
    name,
    phase,
    ...(known !== undefined && { result: known }),
    ...(typeof timestamp === 'number' && Number.isFinite(timestamp) && { guestSeconds: timestamp }),
  };
}

function parseObject(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    // No JSON: no event.
    return undefined;
  }
}
