/** Words that make a name a secret's; lower-case, for regular expressions. */
export const SECRET_WORDS = [
  'passw(?:or)?ds?',
  'passphrase',
  'pwd',
  'secrets?',
  'tokens?',
  'psk',
  'credentials?',
  'private',
  '(?:api|access|auth|account|activation|registration|validation|encryption|signing|consumer|private|preshared|shared)[-_. ]?keys?',
].join('|');

const NAME = new RegExp(`(?:^|[-_.])(?:${SECRET_WORDS})(?:$|[-_.])`, 'i');

/** Whether a key, a variable or an option of this name holds what others must not read, such as `hashed_passwd`. */
export function isSecretName(name: string): boolean {
  // "PrivateKey" and "apiToken" are two words each.
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2');
  return NAME.test(words) && !/^(?:lock|expire)/i.test(words);
}

const SECRET_FILE = new RegExp(
  [
    '/private/',
    '/wireguard/',
    '\\.(?:key|pem|p12|pfx|jks|keytab|kdbx)$',
    '(?:^|/)(?:id_\\w+|g?shadow|credentials|kubeconfig|wpa_supplicant[^/]*\\.conf)$',
    '(?:^|/)\\.?(?:netrc|pgpass|env|my\\.cnf|git-credentials|htpasswd)$',
    '/\\.kube/config$',
  ].join('|'),
);

/** Whether files of this name hold secrets, whatever they look like. */
export function isSecretFile(path: string): boolean {
  return SECRET_FILE.test(path);
}
