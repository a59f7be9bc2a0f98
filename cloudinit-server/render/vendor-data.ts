import { isUtf8 } from 'node:buffer';
import { isDeepStrictEqual } from 'node:util';
import { parse, stringify } from 'yaml';
import { putConfigUnder } from '../vendor/put-config-under.ts';
import { maskVariables, unmaskVariables } from './mask-variables.ts';
import type { Merged } from './put-under.ts';
import type { RenderNote } from './render-note.ts';

/** What the server itself wants in vendor-data. */
export interface ServerWishes {
  /** A cloud-config that goes under everything that people wrote; undefined: none. */
  readonly config: string | undefined;
  /** A script that runs beside it, whatever people wrote; undefined: none. */
  readonly script: string | undefined;
}

/** Vendor-data with what the server wants. Its variables are not replaced yet. */
export interface CompletedVendorData {
  readonly body: Buffer;
  /** Whether the server's keys are in it. */
  readonly asksForReports: boolean;
  readonly notes: readonly RenderNote[];
}

const SCRIPT_NAME = 'install-guest-agent';

/**
 * Adds what the server wants to what people wrote, or to nothing. What is no cloud-config stays as it is, as nothing
 * could be added to it that is sure to keep its meaning.
 *
 * A script goes beside a cloud-config, in an archive: lists such as `packages` and `runcmd` are replaced by the user's
 * own in the guest, a part of its own is not.
 */
export function completeVendorData(written: Buffer | undefined, wishes: ServerWishes): CompletedVendorData {
  const { config, script } = wishes;
  const body = written ?? Buffer.alloc(0);
  if (config === undefined && script === undefined) return { body, asksForReports: false, notes: [] };
  const completed = isUtf8(body) ? complete(maskVariables(body.toString()), wishes) : NOT_UTF8;
  if (completed.kind === 'refused') {
    return { body, asksForReports: false, notes: describeRefusal(wishes, completed.reason) };
  }
  const text = unmaskVariables(completed.text);
  return { body: Buffer.from(text), asksForReports: config !== undefined, notes: [] };
}

const NOT_UTF8 = { kind: 'refused', layer: 'stronger', reason: 'it is not UTF-8' } as const;

function complete(written: string, { config, script }: ServerWishes): Merged {
  const merged = putConfigUnder(written, config ?? '');
  return merged.kind === 'refused' || script === undefined ? merged : addScript(merged.text, script);
}

/** See https://cloudinit.readthedocs.io, "Cloud config archive": a list of parts, each of its own type. */
function addScript(config: string, script: string): Merged {
  const parts = [
    ...(config.trim() === '' ? [] : [{ type: 'text/cloud-config', content: config }]),
    { type: 'text/x-shellscript', filename: SCRIPT_NAME, content: script },
  ];
  const text = stringify(parts, { version: '1.1', lineWidth: 0 });
  if (!isDeepStrictEqual(parse(text, { version: '1.1' }), parts)) {
    return { kind: 'refused', layer: 'stronger', reason: 'it cannot be put into an archive unchanged' };
  }
  return { kind: 'merged', text: `#cloud-config-archive\n${text}` };
}

function describeRefusal({ config, script }: ServerWishes, reason: string): readonly RenderNote[] {
  return [
    ...(config === undefined
      ? []
      : [{ message: 'vendor-data left alone, guest not observed', reason } as const]),
    ...(script === undefined
      ? []
      : [{ message: 'vendor-data left alone, guest agent not installed', reason } as const]),
  ];
}
