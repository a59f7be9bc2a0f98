import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { redactConsole } from '../../../cloudinit-server/redact/redact-console.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/cloud-init');

/** As cloud-init prints them itself, and by way of systemd. */
const HEADER = "Set the following 'random' passwords";
const AT = '[  418.522053] cloud-init[2185]: ';

describe('redactConsole()', () => {
  it.each([
    ['at once', [HEADER, '', 'debian:C7BZrW76s4mJ', 'root:aB3$x:y|z&9', '']],
    ['by systemd', [AT + HEADER, `${AT}debian:C7BZrW76s4mJ`, `${AT}root:aB3$x:y|z&9`]],
    ['between others', [HEADER, '[   20.0] crng: init done', 'debian:C7BZrW76s4mJ', 'x', 'root:aB3$x:y|z&9']],
  ])('hides passwords that cloud-init has made, printed %s', (_case, lines) => {
    for (const end of ['\n', '\r\n']) {
      const text = redactConsole(['a:b', ...lines, 'ci-info: | a | b |'].join(end));
      expect(text).not.toMatch(/C7BZr|aB3/);
      const shown = lines.map(line => line.replace(/(debian|root):.*/, '$1:<redacted>'));
      expect(text).toBe(['a:b', ...shown, 'ci-info: | a | b |'].join(end));
    }
  });

  it('hides what is a secret by its form or its name', () => {
    const text = redactConsole('+ curl -u admin:hunter22 http://x/\npassword: hunter22\nlogin: \n');
    expect(text).toBe('+ curl -u admin:<redacted> http://x/\npassword: <redacted>\nlogin: \n');
  });

  it.each(['bookworm-22.4.2-ok', 'bookworm-reboot-seed-down', 'trixie-25.1.4-ok'])(
    'leaves the console of an ordinary boot as it is: %s',
    name => {
      const text = readFileSync(join(FIXTURES, `${name}.console`), 'utf8');
      expect(redactConsole(text)).toBe(text);
    },
  );
});
