import { isTemplated } from '../template.ts';

/** What a public key consists of after its type (RFC 4253, 6.6, RFC 5656, RFC 8709, OpenSSH's PROTOCOL.u2f). */
const TYPES: Readonly<Record<string, { readonly fields: number }>> = {
  'ssh-ed25519': { fields: 1 },
  'ssh-rsa': { fields: 2 },
  'ssh-dss': { fields: 4 },
  'ecdsa-sha2-nistp256': { fields: 2 },
  'ecdsa-sha2-nistp384': { fields: 2 },
  'ecdsa-sha2-nistp521': { fields: 2 },
  'sk-ssh-ed25519@openssh.com': { fields: 2 },
  'sk-ecdsa-sha2-nistp256@openssh.com': { fields: 3 },
};

/** Why sshd would not accept a line of authorized_keys, or undefined. The answer never quotes the key. */
export function findKeyProblem(line: string): string | undefined {
  const text = line.trim();
  if (isTemplated(text)) return undefined;
  if (/PRIVATE KEY/.test(text)) {
    return 'this is a private key, which everybody can read now; make a new pair, and put the line of its ".pub" file here';
  }
  if (/^-+ *BEGIN|^---- BEGIN SSH2/.test(text)) {
    return 'this is not how OpenSSH writes a public key; convert it with "ssh-keygen -i"';
  }
  const words = text.split(/\s+/);
  const at = words.findIndex(word => word in TYPES || word.endsWith('-cert-v01@openssh.com'));
  const type = words[at];
  if (type === undefined) {
    return 'this is no public key; put the one line of a ".pub" file here, such as "ssh-ed25519 AAAA… name"';
  }
  const expected = TYPES[type];
  if (expected === undefined) return undefined; // A certificate has more fields than are worth knowing here.
  const data = words[at + 1] ?? '';
  if (!/^[A-Za-z0-9+/]+={0,3}$/.test(data)) {
    return `what follows "${type}" is no key; put the whole line of the ".pub" file here`;
  }
  return findBlobProblem(Buffer.from(data, 'base64'), type, expected.fields);
}

/** A blob is fields, each with four bytes of length before it; the first is the type once more. */
function findBlobProblem(blob: Buffer, type: string, fields: number): string | undefined {
  const cut = 'the key is cut off or damaged; copy the whole line of the ".pub" file again';
  let offset = 0;
  for (let field = 0; field <= fields; field += 1) {
    if (offset + 4 > blob.length) return cut;
    const end = offset + 4 + blob.readUInt32BE(offset);
    if (end > blob.length) return cut;
    if (field === 0 && blob.toString('latin1', offset + 4, end) !== type) {
      return `the key is not of the type "${type}" that stands before it; copy the whole line of the ".pub" file again`;
    }
    offset = end;
  }
  return offset === blob.length ? undefined : cut;
}
