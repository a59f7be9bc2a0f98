import type { ApiProblem } from '../../cloudinit-server/client.ts';
import { SEED_FILE_OPTIONS } from '../config/cloud-init-files.ts';
import type { ReportProblem } from '../config/problem.ts';

/** Reports what the seed server does not take of a registration, each by the option that it comes from. */
export function reportApiProblems(problems: readonly ApiProblem[], report: ReportProblem): void {
  for (const { path, message } of problems) report(optionOf(path), message);
}

function optionOf(path: string): string {
  const file = Object.entries(SEED_FILE_OPTIONS).find(([name]) => path.includes(name));
  if (file !== undefined) return `config.cloud_init.${file[1]}`;
  const field = path.replace(/\W.*$/, '');
  return OPTIONS[field] ?? (field === '' ? 'config.cloud_init' : `config.cloud_init (${field})`);
}

const OPTIONS: Readonly<Record<string, string>> = {
  seed: 'config.cloud_init.seed',
  guest_url: 'config.cloud_init.server',
  mac_addresses: 'config.network',
};
