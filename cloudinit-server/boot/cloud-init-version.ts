/** The version in a `User-Agent` of cloud-init, such as "25.1.4" or "26.2-0ubuntu1~24.04.2"; undefined for any other client. */
export function readCloudInitVersion(userAgent: string): string | undefined {
  return /^Cloud-Init\/(\S+)/.exec(userAgent)?.[1];
}
