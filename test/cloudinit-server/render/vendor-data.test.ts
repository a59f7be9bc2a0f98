import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { completeVendorData } from '../../../cloudinit-server/render/vendor-data.ts';

const script = '#!/bin/sh\necho "agent"\n';
const config = '#cloud-config\nphone_home:\n  url: http://x/\n';

function complete(written: string | undefined, wishes: Partial<Parameters<typeof completeVendorData>[1]>) {
  const { body, ...rest } = completeVendorData(written === undefined ? undefined : Buffer.from(written), {
    config: undefined,
    script: undefined,
    ...wishes,
  });
  return { text: body.toString(), ...rest };
}

describe('completeVendorData()', () => {
  it('changes nothing when the server wants nothing', () => {
    expect(complete('#!/bin/sh\n', {})).toEqual({ text: '#!/bin/sh\n', asksForReports: false, notes: [] });
    expect(complete(undefined, {}).text).toBe('');
  });

  it('puts a script beside the config, where no key of the author can drop it', () => {
    const written = '#cloud-config\nruncmd:\n  - echo "  x"\nname: @{vm.name}\n';
    const { text, asksForReports } = complete(written, { config, script });
    expect(asksForReports).toBe(true);
    expect(text).toMatch(/^#cloud-config-archive\n- type: text\/cloud-config\n/);
    expect(parse(text)).toEqual([
      { type: 'text/cloud-config', content: `${written}phone_home:\n  url: http://x/\n` },
      { type: 'text/x-shellscript', filename: 'install-guest-agent', content: script },
    ]);
  });

  it('gives the script alone where there is nothing else', () => {
    expect(parse(complete(undefined, { script }).text)).toEqual([
      { type: 'text/x-shellscript', filename: 'install-guest-agent', content: script },
    ]);
  });

  it('says what it could not add', () => {
    expect(complete('#!/bin/sh\n', { config, script })).toEqual({
      text: '#!/bin/sh\n',
      asksForReports: false,
      notes: [
        { message: 'vendor-data left alone, guest not observed', reason: 'it is no "#cloud-config"' },
        {
          message: 'vendor-data left alone, guest agent not installed',
          reason: 'it is no "#cloud-config"',
        },
      ],
    });
  });

  it('gives bytes that are no text as they are', () => {
    const body = Buffer.from([0x23, 0xff, 0xfe]);
    expect(completeVendorData(body, { config, script: undefined }).body).toEqual(body);
  });
});
