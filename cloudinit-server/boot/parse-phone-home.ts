import { type HostKey, parseHostKey } from './host-key.ts';

/** What cloud-init's phone_home module says of a guest. All of it is the guest's word. */
export interface PhoneHome {
  readonly instanceId?: string;
  readonly hostKeys: readonly HostKey[];
}

/** In the order that ssh prefers them; `pub_key_dsa` is left out, no ssh takes it any more. */
const KEY_FIELDS = ['pub_key_ed25519', 'pub_key_ecdsa', 'pub_key_rsa'];

/**
 * Reads the body of a phone-home request, a submitted form. Values that are missing are the text `N/A`.
 *
 * Its names are not read: a guest must not choose under which name its key is known to others.
 */
export function parsePhoneHome(body: string): PhoneHome {
  const form = new URLSearchParams(body);
  const instanceId = form.get('instance_id') ?? 'N/A';
  const hostKeys = KEY_FIELDS.map(field => parseHostKey(form.get(field) ?? '')).filter(
    key => key !== undefined,
  );
  return /^[\w.:-]{1,128}$/.test(instanceId) ? { instanceId, hostKeys } : { hostKeys };
}
