import { isDeepStrictEqual } from 'node:util';
import { type Document, isMap, parseDocument, stringify } from 'yaml';

/** A guest's vendor-data, or why it is the author's own, unchanged. */
export type ComposedVendorData =
  | { readonly kind: 'composed'; readonly body: Buffer }
  /** `reason` is a clause such as `it is no "#cloud-config"`. */
  | { readonly kind: 'left'; readonly body: Buffer; readonly reason: string };

/** Bytes of an author's vendor-data that is still merged; more would keep other guests waiting. */
export const MAX_MERGED_BYTES = 64 * 1024;

/** As cloud-init knows it: without regard to case, and not the beginning of `#cloud-config-archive`. */
const HEADER = /^\s*#cloud-config(?![\w-])[^\n]*(?:\n|$)/i;

/** YAML as PyYAML, which cloud-init has, reads it; a key that comes twice is no error there. */
const YAML_1_1 = { version: '1.1', uniqueKeys: false } as const;

/**
 * Puts a cloud-config under what the author wrote: every top-level key of theirs stays as it is, ours fill in what
 * they left out. Of `reporting`, a map of handlers that don't know each other, both are kept.
 *
 * What is no cloud-config (a script, a MIME message, a template, …) or broken is left alone: the guest gets what the
 * author wrote and tells nothing.
 *
 * @param theirs the author's vendor-data; undefined or blank when there is none
 * @param ours top-level keys and their values
 */
export function composeVendorData(
  theirs: Buffer | undefined,
  ours: Readonly<Record<string, unknown>>,
): ComposedVendorData {
  const text = theirs?.toString() ?? '';
  if (theirs === undefined || text.trim() === '') return compose(stringify(ours, { version: '1.1' }));
  const leave = (reason: string) => ({ kind: 'left', body: theirs, reason }) as const;
  if (theirs.length > MAX_MERGED_BYTES) return leave(`it has more than ${MAX_MERGED_BYTES} bytes`);
  if (!HEADER.test(text)) return leave('it is no "#cloud-config"');
  const rest = text.replace(HEADER, '');
  const document = parseDocument(rest, YAML_1_1);
  if (document.errors.length > 0) return leave('its YAML is broken');
  // Comments alone.
  if (document.contents === null) return compose(`${rest.trimEnd()}\n${stringify(ours, { version: '1.1' })}`);
  if (!isMap(document.contents)) return leave('it is no map of keys');
  try {
    const before = readKeys(document);
    addMissing(document, ours);
    const merged = document.toString({ lineWidth: 0 });
    // Guests must get what the author wrote, whatever a YAML library makes of it.
    const isKept = isDeepStrictEqual(readKeys(parseDocument(merged, YAML_1_1), before), before);
    return isKept ? compose(merged) : leave('it cannot be written again without changing it');
  } catch {
    // An alias to what is not there, or too many of them.
    return leave('its YAML is broken');
  }
}

function compose(text: string): ComposedVendorData {
  return { kind: 'composed', body: Buffer.from(`#cloud-config\n${text}`) };
}

function addMissing(document: Document, ours: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(ours)) {
    if (!document.has(key)) document.set(key, document.createNode(value));
    else if (key === 'reporting' && isMap(document.get(key))) {
      for (const [handler, settings] of Object.entries(Object(value))) {
        if (!document.hasIn([key, handler])) document.setIn([key, handler], document.createNode(settings));
      }
    }
  }
}

/** The author's own keys; of `reporting` their handlers only. */
function readKeys(document: Document, only?: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const keys: Record<string, unknown> = { ...document.toJS() };
  if (only === undefined) return keys;
  const kept = Object.entries(keys).filter(([key]) => key in only);
  return Object.fromEntries(
    kept.map(([key, value]) => [key, key === 'reporting' ? pick(value, Object(only[key])) : value]),
  );
}

function pick(value: unknown, only: object): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => key in only));
}
