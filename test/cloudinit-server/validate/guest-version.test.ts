import { describe, expect, it } from 'vitest';
import { loadSchemas } from '../../../cloudinit-server/validate/load-schemas.ts';
import { validateSeed } from '../../../cloudinit-server/validate/validate-seed.ts';

const schemas = await loadSchemas();

const CONFIG = '#cloud-config\nssh_import_id: [gh:a]\n';

/** The findings about a seed for guests of a version, as `file:line rule`, warnings with `?`. */
function judge(guestVersion: string | undefined, files: Readonly<Record<string, string>>): readonly string[] {
  const contents = Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)]));
  return validateSeed(contents, { schemas, guestVersion }).map(
    ({ file, line, rule, severity }) => `${file}:${line} ${rule}${severity === 'warning' ? '?' : ''}`,
  );
}

describe('validateSeed() for a version of cloud-init', () => {
  it('goes by three releases at least', () => {
    const versions = schemas.versions.map(({ version }) => version);
    expect(versions).toEqual(expect.arrayContaining([expect.stringMatching(/^22\.4/)]));
    expect(versions).toEqual(expect.arrayContaining([expect.stringMatching(/^25\.1/)]));
    expect(Number.parseFloat(schemas.newest.version)).toBeGreaterThan(25.1);
  });

  it.each([
    [undefined, []],
    ['26.2', []],
    // Between two schemas nothing tells when the key came.
    ['24.1', ['user-data:3 newer-key?']],
    ['22.4', ['user-data:3 newer-key']],
    ['22.4.2-1+deb12u4', ['user-data:3 newer-key']],
    ['20.1', ['user-data:3 newer-key']],
  ])('%s: finds keys that it does not know yet: %j', (version, findings) => {
    expect(judge(version, { 'user-data': `${CONFIG}ubuntu_pro: {enable: [esm-infra]}\n` })).toEqual(findings);
  });

  it('knows the keys that are older than their schema', () => {
    const keys = 'merge_how: "dict(recurse_array)"\noutput: {all: "| tee /a"}\n';
    expect(judge('22.4.2', { 'user-data': `${CONFIG}${keys}` })).toEqual([]);
  });

  it('judges values by what the guest has', () => {
    const files = { 'user-data': `${CONFIG}write_files:\n  - {path: /a, source: {uri: "http://b/"}}\n` };
    expect(judge('22.4.2', files)).toEqual(['user-data:4 schema']);
    expect(judge('25.1.4', files)).toEqual([]);
    expect(judge(undefined, files)).toEqual([]);
  });

  it.each([
    ['22.4.2', ['network-config:1 network-config-release?']],
    ['24.2', ['network-config:1 network-config-release?']],
    ['24.3', []],
    ['25.1.4-1+deb13u1', []],
    ['26.2-0ubuntu1~24.04.2', ['network-config:1 network-config-release?']],
    ['26.2-0ubuntu1~26.04.1', []],
    [undefined, []],
  ])('%s: tells whether it asks for network-config at all: %j', (version, findings) => {
    const config = 'version: 2\nethernets:\n  ens3: {dhcp4: true}\n';
    expect(judge(version, { 'network-config': config })).toEqual(findings);
    expect(judge(version, { 'network-config': '# nothing\n' })).toEqual([]);
  });
});
