import { SEED_FILES, type SeedFile } from '../seed-files.ts';
import type {
  ApiError,
  Registration,
  RegistrationFinding,
  VmEvent,
  VmEventBody,
} from './drivers-api-types.ts';

/** Reads the answer to a registration, or undefined when it is none. */
export function parseRegistration(body: unknown): Registration | undefined {
  const { seed_path, instance_id, files, findings } = fieldsOf(body);
  if (typeof seed_path !== 'string' || !/^\/-\/vm\/[\w-]{22}\/$/.test(seed_path)) return undefined;
  if (typeof instance_id !== 'string') return undefined;
  const rendered = files === null ? null : parseFiles(files);
  if (rendered === undefined) return undefined;
  return {
    seed_path,
    instance_id,
    files: rendered,
    findings: listOf(findings)
      .map(parseFinding)
      .filter(finding => finding !== undefined),
  };
}

/** Reads a page of events, or undefined when it is none. Kinds that a newer server has are left out. */
export function parseEvents(
  body: unknown,
): { readonly events: readonly VmEvent[]; readonly cursor: number } | undefined {
  const { events, cursor } = fieldsOf(body);
  if (!Array.isArray(events) || typeof cursor !== 'number' || !Number.isSafeInteger(cursor)) return undefined;
  return { events: events.map(parseEvent).filter(event => event !== undefined), cursor };
}

/** Reads why a request was refused. What some other program answered has no code. */
export function parseApiError(body: unknown): Partial<Omit<ApiError, 'code'> & { readonly code: string }> {
  const { error, code, problems } = fieldsOf(body);
  return {
    ...(typeof error === 'string' && { error }),
    ...(typeof code === 'string' && { code }),
    problems: listOf(problems).flatMap(item => {
      const { path, message } = fieldsOf(item);
      return typeof path === 'string' && typeof message === 'string' ? [{ path, message }] : [];
    }),
  };
}

function parseFiles(value: unknown): Readonly<Record<SeedFile, string>> | undefined {
  const fields = fieldsOf(value);
  const [metaData, userData, vendorData, networkConfig] = SEED_FILES.map(file => fields[file]);
  if (typeof metaData !== 'string' || typeof userData !== 'string') return undefined;
  if (typeof vendorData !== 'string' || typeof networkConfig !== 'string') return undefined;
  return {
    'meta-data': metaData,
    'user-data': userData,
    'vendor-data': vendorData,
    'network-config': networkConfig,
  };
}

function parseFinding(value: unknown): RegistrationFinding | undefined {
  const { file, line, column, severity, message } = fieldsOf(value);
  const known = SEED_FILES.find(name => name === file);
  if (known === undefined || typeof message !== 'string') return undefined;
  if (typeof line !== 'number' || typeof column !== 'number') return undefined;
  return { file: known, line, column, severity: severity === 'error' ? 'error' : 'warning', message };
}

function parseEvent(value: unknown): VmEvent | undefined {
  const fields = fieldsOf(value);
  const { cursor, at, identity, alloc_id } = fields;
  if (typeof cursor !== 'number' || typeof at !== 'string') return undefined;
  if (typeof identity !== 'string' || typeof alloc_id !== 'string') return undefined;
  const body = parseEventBody(fields);
  return body && { cursor, at, identity, alloc_id, ...body };
}

function parseEventBody(fields: Readonly<Record<string, unknown>>): VmEventBody | undefined {
  const { kind, address, mac_address, source, took_s, steps, reason } = fields;
  switch (kind) {
    case 'address': {
      if (typeof address !== 'string') return undefined;
      const known = typeof mac_address === 'string' ? mac_address : null;
      return {
        kind,
        address,
        mac_address: known,
        source: source === 'boot report' ? source : 'seed request',
      };
    }
    case 'ready':
      return typeof took_s === 'number' ? { kind, took_s } : undefined;
    case 'failed': {
      const names = listOf(steps).filter(step => typeof step === 'string');
      return typeof took_s === 'number' ? { kind, steps: names, took_s } : undefined;
    }
    case 'stuck':
      return typeof reason === 'string' ? { kind, reason } : undefined;
    case 'host-keys-changed':
      return { kind };
    default:
      return undefined;
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
