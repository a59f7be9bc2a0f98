import { isMap, parseDocument } from 'yaml';
import { maskVariables } from '../render/mask-variables.ts';
import type { SeedFile } from '../seed-files.ts';

/** Bytes up to which a file is judged; reading more as YAML would keep other guests waiting. */
export const MAX_JUDGED_BYTES = 64 * 1024;

/**
 * Why a guest could make nothing at all of this file, as a clause such as `line 3: …`; undefined when it can, or when
 * that is not known. Only what surely is broken counts: YAML that cannot be read, and no map where cloud-init wants one.
 * Keys and values are not judged.
 */
export function findBroken(file: SeedFile, body: Buffer): string | undefined {
  if (body.length > MAX_JUDGED_BYTES) return undefined;
  const text = maskVariables(body.toString());
  const isCloudConfig = /^\s*#cloud-config(?![\w-])/i.test(text);
  // Anything may be user-data or vendor-data: a script, a message, a template that becomes YAML only in the guest.
  if ((file === 'user-data' || file === 'vendor-data') && !isCloudConfig) return undefined;
  if (text.trim() === '') return undefined;
  // As PyYAML reads it, which lets the last of two equal keys count.
  const document = parseDocument(text, { version: '1.1', uniqueKeys: false, logLevel: 'error' });
  const [error] = document.errors;
  if (error !== undefined) return `line ${error.linePos?.[0].line ?? 1}: ${error.code}`;
  const isEmpty = document.contents === null;
  return isEmpty || isMap(document.contents) ? undefined : 'it is no map of keys';
}
