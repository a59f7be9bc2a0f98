import { describe, expect, it } from 'vitest';
import type { CloudInitConfig } from '../../../driver/config/cloud-init-config.ts';
import { checkSystemInformation } from '../../../driver/config/system-information-rule.ts';

const SERVER = 'http://192.0.2.1:8000/';
const files = {};
const rest = { deliveryReason: undefined, instanceId: 'stable', mustFinishWithinMs: undefined } as const;
const byPath: CloudInitConfig = { kind: 'public', seed: 'a', server: SERVER };
const byUrl: CloudInitConfig = {
  ...{ kind: 'registered', seed: 'a', server: SERVER, files },
  ...{ delivery: 'http', ...rest },
};
const onDisk: CloudInitConfig = { ...byUrl, delivery: 'disk' };

function problems(value: string, cloudInit: CloudInitConfig | undefined): readonly string[] {
  const found: string[] = [];
  checkSystemInformation(['-smbios', value], cloudInit, (path, message) => found.push(`${path}: ${message}`));
  return found;
}

describe('checkSystemInformation()', () => {
  it.each([byPath, byUrl])('refuses a serial number beside a seed that is named in it', cloudInit => {
    expect(problems('type=1,serial=S', cloudInit)).toEqual([
      'config.args[1]: sets the "serial" of -smbios type=1, in which cloud_init names the seed; remove it, or the cloud_init block',
    ]);
  });

  it('refuses what the table of a registered VM cannot take over', () => {
    expect(problems('type=1,manufacturer=M,product=P,version=V,sku=K,family=F', byUrl)).toEqual([]);
    expect(problems('type=1,uuid=U', byUrl)).toEqual([
      expect.stringMatching(/^config\.args\[1\]: sets "uuid" of .*delivery = "disk" in cloud_init$/),
    ]);
    expect(problems('type=1,uuid=U', byPath)).toEqual([]);
  });

  it('leaves everything to qemu where the seed is on a disk, or there is none', () => {
    for (const cloudInit of [onDisk, undefined])
      expect(problems('type=1,serial=S,uuid=U', cloudInit)).toEqual([]);
  });
});
