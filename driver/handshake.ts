/** The environment variable and value by which Nomad's agent shows that it is the one that starts a plugin. */
export const MAGIC_COOKIE_NAME = 'NOMAD_PLUGIN_MAGIC_COOKIE';
export const MAGIC_COOKIE_VALUE = 'e4327c2e01eabfd75a8a67adb114fb34a757d57eee7728d857a8cec6e91a7255';

/** Whether this process was started by Nomad as a plugin. */
export function hasMagicCookie(env: Readonly<Record<string, string | undefined>>): boolean {
  return env[MAGIC_COOKIE_NAME] === MAGIC_COOKIE_VALUE;
}

/**
 * The one line on stdout by which the agent finds the plugin: go-plugin's core protocol 1, Nomad's protocol 2. A seventh
 * field must never follow: agents before 1.6.6 would take it for part of the sixth.
 */
export function renderHandshake(socketPath: string): string {
  return `1|2|unix|${socketPath}|grpc|\n`;
}
