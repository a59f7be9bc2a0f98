import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BootReport, VmReport } from '../../cloudinit-server/admin/vm-report.ts';
import { type ImageName, labImage } from './settings.ts';
import { BOOT_MS, createWatchedGuest, type WatchedGuest } from './watched-guest.ts';

/** What is particular to a release of Debian. */
export interface Release {
  readonly image: ImageName;
  /** Of its cloud-init. */
  readonly version: RegExp;
  /** What a boot asks for, in this order. */
  readonly files: readonly string[];
  /** Whether it is edited and bumped too: a third boot takes minutes, and one release shows it. */
  readonly isBumped: boolean;
}

const STAGES = ['meta-data', 'user-data', 'vendor-data', 'activated', 'network-done', 'config-done', 'ready'];

/**
 * Declares the tests of one release: its VM is followed through its first boot, rebooted without the server, and given
 * a new seed. Each goes on where the one before ended.
 */
export function testRelease({ image, version, files, isBumped }: Release): void {
  describe(`a ${image} VM under observation`, { timeout: BOOT_MS * 2 }, () => {
    let guest: WatchedGuest;
    let first: VmReport;
    let hostKey: string;
    const readHostKey = () => guest.run('cat', '/etc/ssh/ssh_host_ed25519_key.pub');
    const readInstanceId = () => guest.run('cat', '/var/lib/cloud/data/instance-id');
    const readUsers = () => guest.run('getent', 'passwd');

    beforeAll(async () => {
      guest = await createWatchedGuest();
      await guest.start(await labImage(image, process.env));
      first = await guest.report();
    }, BOOT_MS);

    afterAll(async () => {
      await guest[Symbol.asyncDispose]();
    });

    it('asks for every file once, is followed to its end, and known by its host keys', async () => {
      console.log(await guest.nomadVm('list', 'distro-vm'));
      expect(first.boots).toHaveLength(1);
      expectCleanBoot(first.boots[0]);

      expect((await guest.lab.lab.leases()).map(lease => lease.address)).toContain(first.address);
      await guest.trustHostKeys();
      hostKey = await readHostKey();
      // The same by one command, which finds address and keys itself.
      const login = ['distro-vm', '-l', 'debian', '-i', guest.privateKey];
      expect(await guest.nomadVm('ssh', ...login, '--', 'cat', '/etc/ssh/ssh_host_ed25519_key.pub')).toBe(
        hostKey,
      );
      const known = `${first.address},distro-vm ${hostKey.split(' ').slice(0, 2).join(' ')}\n`;
      expect(await guest.nomadVm('known-hosts')).toContain(known);
    });

    it('stays who it is when it reboots without the server', async () => {
      const [users, instanceId] = [await readUsers(), await readInstanceId()];
      const knownHosts = await guest.nomadVm('known-hosts');
      await guest.killServer();
      const seconds = await guest.reboot('sudo', 'systemctl', 'reboot', '--force');
      console.log(`${image} is back with the same host keys after ${seconds} s`);
      // sshd starts after cloud-init has decided who the guest is.
      const datasource = await guest.run('cat', '/var/lib/cloud/instance/datasource');
      expect(datasource).toContain('DataSourceNoCloudNet');
      expect(await readInstanceId()).toBe(instanceId);
      expect(await readHostKey()).toBe(hostKey);
      expect(await readUsers()).toBe(users);

      await guest.startServer();
      // What was seen is still there, and nothing was asked for meanwhile.
      expect(await guest.report()).toMatchObject({
        host_keys: first.host_keys,
        boots: [{ began_at: first.boots[0]?.began_at }],
      });
      expect(await guest.nomadVm('known-hosts')).toBe(knownHosts);
    });

    if (isBumped)
      it('runs its first-boot steps again for an edited seed and a bump', async () => {
        const instanceId = await readInstanceId();
        const userData = join(guest.lab.seedsFolder, 'distro-vm/user-data');
        await appendFile(userData, 'runcmd:\n  - echo edited > /root/edited\n');
        const since = new Date().toISOString();
        expect(await guest.nomadVm('bump', 'distro-vm', '--yes')).toContain(`"${instanceId}-2"`);
        // The guest no longer asks for its seed: it has to be told to forget it.
        const [task] = await guest.lab.nomad.tasks('distro-vm');
        const exec = ['alloc', 'exec', task?.allocId ?? ''];
        // ssh answers before the guest's agent does.
        const answers = () =>
          guest.lab.nomad.command(...exec, 'true').then(
            () => true,
            () => false,
          );
        await expect.poll(answers, { timeout: 120_000, interval: 1_000 }).toBe(true);
        const clean = [...exec, 'cloud-init', 'clean', '--reboot'];
        // The reboot may end the session before the command has ended.
        await guest.lab.nomad.command(...clean).catch(() => undefined);
        await guest.nomadVm('wait', 'distro-vm', '--since', since, '--timeout', String(BOOT_MS / 1000));

        const { boots } = await guest.report();
        expect(boots).toHaveLength(2);
        expectCleanBoot(boots[0]);
        await guest.trustHostKeys();
        expect(await guest.run('sudo', 'cat', '/root/edited')).toBe('edited');
        expect(await readInstanceId()).toBe(`${instanceId}-2`);
        expect(await readHostKey()).not.toBe(hostKey);
      });

    function expectCleanBoot(boot: BootReport | undefined): void {
      const reached = boot?.reached_s ?? {};
      expect(boot?.files.map(({ file, count, status }) => [file, count, status])).toEqual(
        files.map(file => [file, 1, 200]),
      );
      expect(boot).toMatchObject({ cloud_init: expect.stringMatching(version), phoned_home: true });
      expect(Object.keys(reached)).toEqual(STAGES);
      const times = Object.values(reached);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      // A file that is not to be had costs ten.
      expect(boot?.files.at(-1)?.at_s).toBeLessThan(10);
      expect(boot?.steps.find(({ name }) => name === 'init-network/config-ssh')?.took_s).toBeGreaterThan(0);
      expect(boot?.steps.filter(step => step.took_s === null)).toEqual([]);
    }
  });
}
