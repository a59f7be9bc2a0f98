import { isVariableValue } from '../render/variables.ts';

/** Characters; Nomad's names have up to 128 each. */
export const MAX_IDENTITY_LENGTH = 768;

/** What a VM is called: by its place in a job, or by the name that the job gives it. */
export type IdentityParts =
  | { readonly kind: 'named'; readonly name: string }
  | { readonly kind: 'placed'; readonly job: string; readonly index: string };

/**
 * Reads a VM's identity as drivers make it: `NAMESPACE/JOB/GROUP/TASK/INDEX`, or `NAMESPACE/NAME` for a VM that its job
 * names; `/` and `%` inside a part are percent-encoded. Undefined when it is none.
 */
export function parseIdentity(text: string): IdentityParts | undefined {
  if (text.length > MAX_IDENTITY_LENGTH) return undefined;
  const parts = text.split('/').map(decodePart);
  if (!parts.every(part => part !== undefined && isVariableValue(part))) return undefined;
  const [, second = '', , , index = ''] = parts;
  if (parts.length === 2) return { kind: 'named', name: second };
  return parts.length === 5 && /^\d{1,9}$/.test(index) ? { kind: 'placed', job: second, index } : undefined;
}

function decodePart(part: string): string | undefined {
  try {
    const text = decodeURIComponent(part);
    // No two texts for one VM.
    return text.replace(/[%/]/g, encodeURIComponent) === part ? text : undefined;
  } catch {
    // URIError: a "%" that begins no encoding.
    return undefined;
  }
}
