/**
 * What short-lived children get for an environment. The agent's own holds secrets, and settings such as LD_PRELOAD,
 * that are nobody else's business.
 */
export const CHILD_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
};
