import { describe, expect, it } from 'vitest';
import { readKeepsSeed } from '../../../cloudinit-server/vendor/keeps-seed.ts';
import { buildObservingConfig } from '../../../cloudinit-server/vendor/observing-config.ts';

const read = (text: string) => readKeepsSeed('vendor-data', Buffer.from(text));
const CONFIG = '#cloud-config\nmanual_cache_clean: true\n';

describe('readKeepsSeed()', () => {
  it('reads a config, and the only one of an archive', () => {
    expect(read(CONFIG)).toBe(true);
    const part = CONFIG.replace(/^/gm, '    ').trimEnd();
    const archive = `#cloud-config-archive\n- type: text/cloud-config\n  content: |\n${part}\n`;
    expect(read(archive)).toBe(true);
    expect(read(`${archive}- content: "#!/bin/sh"\n`)).toBe(true);
    expect(read(`${archive}- content: "#cloud-config\\nmanual_cache_clean: false"\n`)).toBeUndefined();
  });

  it('knows what the server asks for by itself, unless it is said again', () => {
    const own = buildObservingConfig({ baseUrl: 'http://x', token: 't', reseed: 'once' });
    expect(own.startsWith(CONFIG)).toBe(true);
    expect(read(own)).toBe(true);
    expect(read(`${own}manual_cache_clean: false\n`)).toBeUndefined();
    expect(read(own.replace('true', 'trueish'))).toBeUndefined();
  });

  it.each([
    '#cloud-config\nmanual_cache_clean: false\n',
    '#!/bin/sh\n# manual_cache_clean: true\n',
    '#cloud-config-archive\nmanual_cache_clean: [\n',
    '',
  ])('knows nothing of %j', text => expect(read(text)).toBeUndefined());

  it('does not count on it where user-data may say something else', () => {
    expect(readKeepsSeed('user-data', Buffer.from('vendor_data: {enabled: false}'))).toBe(false);
    expect(readKeepsSeed('meta-data', Buffer.from(CONFIG))).toBeUndefined();
  });
});
