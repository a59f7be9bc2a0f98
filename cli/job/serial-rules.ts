import { toFinding } from './config-rules.ts';
import type { Finding } from './finding.ts';
import type { VmTask } from './vm-task.ts';

/**
 * Looks at seed addresses that a job hands to cloud-init by raw arguments. Each mistake leaves a guest without its
 * configuration and without a word why.
 */
export function checkSerial(task: VmTask): readonly Finding[] {
  const args: unknown = task.config.args;
  if (!Array.isArray(args)) return [];
  return args.flatMap((word, index) => {
    const serial = /(?:^|,)serial=(?<serial>.*ds=["']?nocloud.*)$/i.exec(String(word))?.groups?.serial;
    if (serial === undefined) return [];
    const path = `config.args[${index}]`;
    return listTroubles(serial).map(message => toFinding(task, 'warning', { path, message }));
  });
}

function listTroubles(serial: string): readonly string[] {
  const troubles: string[] = [];
  const url = /;s=(?<url>[^;]*)/.exec(serial)?.groups?.url;
  if (/ds=nocloud;/.test(serial) && !/;dsmode=net/.test(serial) && url?.startsWith('http')) {
    troubles.push(
      'cloud-init before 23.2 (Debian 12) fetches the seed and drops it without dsmode=net; write ds=nocloud;dsmode=net;s=…',
    );
  }
  if (/ds=["']/.test(serial)) {
    troubles.push('cloud-init takes quotes in the serial for a part of it and finds no seed; remove them');
  } else if (!/ds=nocloud/.test(serial)) {
    troubles.push('cloud-init finds ds=nocloud in small letters only; write it so');
  }
  if (/ds=["']?nocloud\S*\s.*[;=]/i.test(serial)) {
    troubles.push('cloud-init reads the serial up to the blank in it; write all of it without one');
  }
  if (url !== undefined && !/\/$|[?%}]/.test(url)) {
    troubles.push(
      `cloud-init before 23.1 (Debian 12) glues file names to "${url}" as it is; end it with "/"`,
    );
  }
  return troubles;
}
