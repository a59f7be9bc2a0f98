/** Whether a guest asks for its seed again at its next boots. */
export const RESEED_POLICIES = ['once', 'every-boot'] as const;

/**
 * `once`: after its first boot the guest remembers its seed, so it stays who it is whatever happens to the server.
 * `every-boot`: it fetches its seed at every boot, as cloud-init does by itself.
 */
export type ReseedPolicy = (typeof RESEED_POLICIES)[number];

/** Where guests tell what they do; below it is the token. No seed can have such a path. */
export const REPORT_PATHS = { events: '/-/events/', phoneHome: '/-/phone-home/' } as const;

/** What the server wants in a guest's vendor-data. */
export interface ObservingConfigOptions {
  /** The server as the guest reaches it, without a slash at the end. */
  readonly baseUrl: string;
  readonly token: string;
  readonly reseed: ReseedPolicy;
}

/**
 * The cloud-config that makes a guest remember its seed and tell how its boot goes, as text: every boot gets one.
 *
 * Few retries and a short time limit: cached on the guest's disk, it reports before the network is up at its next
 * boots, and each report that fails delays it.
 */
export function buildObservingConfig({ baseUrl, token, reseed }: ObservingConfigOptions): string {
  // JSON's strings are YAML's.
  const url = (path: string) => JSON.stringify(`${baseUrl}${path}${token}`);
  return `#cloud-config
${reseed === 'once' ? 'manual_cache_clean: true\n' : ''}reporting:
  cloudinit-server:
    type: webhook
    endpoint: ${url(REPORT_PATHS.events)}
    timeout: 3
    retries: 1
phone_home:
  url: ${url(REPORT_PATHS.phoneHome)}
  post:
    - pub_key_ed25519
    - pub_key_ecdsa
    - pub_key_rsa
    - instance_id
  tries: 3
`;
}
