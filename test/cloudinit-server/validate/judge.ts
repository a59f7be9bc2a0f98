import { loadSchemas } from '../../../cloudinit-server/validate/load-schemas.ts';
import { type ValidateSeedOptions, validateSeed } from '../../../cloudinit-server/validate/validate-seed.ts';

/** A public key that nobody has the private part of. */
export const PUBLIC_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDIsUEu7C43P4Yo72yqtXG3VtXotwYmo0tKOrYJn6sTC';

const schemas = await loadSchemas();

/** The findings about files given as texts, as `file:line:column rule path`, warnings with `?` after the rule. */
export function judge(
  files: Parameters<typeof judgeAll>[0],
  options: Partial<ValidateSeedOptions> = {},
): readonly string[] {
  return judgeAll(files, options).map(({ file, line, column, rule, severity, path }) =>
    `${file}:${line}:${column} ${rule}${severity === 'warning' ? '?' : ''} ${path}`.trimEnd(),
  );
}

/** The findings about files given as texts. */
export function judgeAll(
  files: Readonly<
    Partial<Record<'meta-data' | 'user-data' | 'vendor-data' | 'network-config', string | Buffer>>
  >,
  options: Partial<ValidateSeedOptions> = {},
) {
  const contents = Object.fromEntries(Object.entries(files).map(([file, text]) => [file, Buffer.from(text)]));
  return validateSeed(contents, { schemas, ...options });
}

/** The findings about a cloud-config whose guest somebody can log in to; lines are counted after the header. */
export function judgeConfig(lines: string): readonly string[] {
  const text = `#cloud-config\n${lines}\n`;
  return judge({ 'user-data': text, 'meta-data': `instance-id: a\npublic-keys: [${PUBLIC_KEY}]\n` }).map(
    finding => finding.replace(/^user-data:(\d+)/, (_, line: string) => String(Number(line) - 1)),
  );
}
