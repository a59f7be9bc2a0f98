import { listMaps } from '../record.ts';
import type { ConfigRule } from '../rule.ts';
import { isTemplated } from '../template.ts';

/** Modes of written files: YAML makes a number of `0644`, and of `644` another one than was meant. */
export const checkPermissions: ConfigRule = config =>
  listMaps(config['write_files']).flatMap(([index, file]) => {
    const message = findProblem(file['permissions']);
    if (message === undefined) return [];
    return [
      { rule: 'file-permissions', severity: 'error', path: ['write_files', index, 'permissions'], message },
    ];
  });

function findProblem(mode: unknown): string | undefined {
  if (mode === undefined || isTemplated(mode)) return undefined;
  if (typeof mode === 'number') {
    return `YAML makes the number ${mode} of it, which as a mode is 0${mode.toString(8)}; write it in quotes: "0644"`;
  }
  if (typeof mode === 'string' && /^0?[0-7]{3,4}$|^0o[0-7]{3,4}$/.test(mode)) return undefined;
  return 'is no mode of a file; write it as octal digits in quotes: "0644"';
}
