import type { VmReport } from '../vm-report.ts';

/** A host key as the VM told it and as its console printed it. */
export interface ComparedHostKey {
  readonly algorithm: string;
  /** Undefined when the VM has not told one of this kind. */
  readonly told: string | undefined;
  /** Undefined when the console has not printed one. */
  readonly printed: string | undefined;
}

/** Host keys by their kind; those that the VM told come first, in its order. */
export function compareHostKeys({ host_keys, driver }: Pick<VmReport, 'host_keys' | 'driver'>) {
  const printed = driver?.host_keys ?? [];
  const algorithms = new Set([...host_keys, ...printed].map(({ algorithm }) => algorithm));
  const find = (keys: VmReport['host_keys'], wanted: string) =>
    keys.find(({ algorithm }) => algorithm === wanted)?.fingerprint;
  return [...algorithms].map(
    (algorithm): ComparedHostKey => ({
      algorithm,
      told: find(host_keys, algorithm),
      printed: find(printed, algorithm),
    }),
  );
}
