/** How somebody says who they are. */
export type Credentials =
  | { readonly kind: 'none' }
  /** `Bearer`: a program; `Basic`: a browser, whose password is the token and whose user may be anything. */
  | { readonly kind: 'bearer' | 'basic'; readonly token: string };

/** Reads an `Authorization` header (RFC 6750 2.1, RFC 7617 2); what is neither of the two says nothing. */
export function readCredentials(header: string | undefined): Credentials {
  const [, scheme = '', value = ''] = /^(\w+) +(\S+) *$/.exec(header ?? '') ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return { kind: 'bearer', token: value };
    case 'basic': {
      const [, password] = /^[^:]*:(.*)$/s.exec(Buffer.from(value, 'base64').toString()) ?? [];
      return password === undefined ? { kind: 'none' } : { kind: 'basic', token: password };
    }
    default:
      return { kind: 'none' };
  }
}
