import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ObservationOptions, VmObservation } from '../../driver/observation.ts';
import type { TaskRecord } from '../../driver/task-record.ts';
import { EventQueue } from '../../qemu/event-queue.ts';
import { GuestAgent } from '../../qemu/guest-agent.ts';
import { QmpCommandError, type QmpEvent } from '../../qemu/qmp-connection.ts';
import { buildVmFiles } from '../../qemu/vm-files.ts';
import { FakeGuestAgent } from '../fakes/guest-agent.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'observation-test-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const NOTHING = () => undefined;

function recordOf(macAddresses: readonly string[], lanNics?: readonly number[]): TaskRecord {
  const files = buildVmFiles({ stateRoot: folder, runRoot: folder }, 'vm-1');
  mkdirSync(files.stateDir, { recursive: true });
  return {
    version: 1,
    owner: 'vm',
    taskId: 'alloc/vm/1',
    allocId: 'alloc',
    taskName: 'vm',
    allocDir: '/alloc',
    hasLog: true,
    identity: 'default/job/group/vm/0',
    macAddresses,
    ...(lanNics === undefined ? {} : { lanNics }),
    files,
    isGraceful: true,
    hasGuestAgent: true,
    onGuestPoweroff: 'exit',
    stage: { tag: 'starting' },
  };
}

/** A qemu that answers as it is told, and counts. */
function fakeVm(
  answer: (command: string, args: Readonly<Record<string, unknown>>) => unknown,
  agentPath = '/none',
) {
  const events = new EventQueue<QmpEvent>(10);
  const asked: string[] = [];
  const vm: ObservationOptions['vm'] = {
    guestAgent: new GuestAgent(agentPath),
    async *sessions() {
      yield { events: () => events, closed: Promise.resolve(undefined) };
    },
    query: async (command, args) => {
      asked.push(command);
      return answer(command, args);
    },
  };
  return { vm, events, asked };
}

describe('VmObservation', () => {
  it('has the guest asked for its memory from the first time on, and not at every call', async () => {
    const { vm, asked } = fakeVm(command => {
      if (command === 'qom-set') return {};
      const stats = { 'stat-total-memory': 1000, 'stat-available-memory': 600 };
      return { stats, 'last-update': Math.floor(Date.now() / 1000) };
    });
    const observation = new VmObservation({
      vm,
      record: recordOf([]),
      log: NOTHING,
      announce: NOTHING,
      note: NOTHING,
    });
    expect(asked).toEqual([]);
    expect(await observation.guestMemory()).toEqual({ totalBytes: 1000, usedBytes: 400 });
    expect(await observation.guestMemory()).toEqual({ totalBytes: 1000, usedBytes: 400 });
    expect(asked).toEqual(['qom-set', 'qom-get']);
    await observation.end();
  });

  it('leaves a VM alone that has no balloon', async () => {
    const { vm, asked } = fakeVm(() => {
      throw new QmpCommandError('qom-set', 'GenericError', 'DeviceNotFound');
    });
    const observation = new VmObservation({
      vm,
      record: recordOf([]),
      log: NOTHING,
      announce: NOTHING,
      note: NOTHING,
    });
    expect(await observation.guestMemory()).toBeUndefined();
    expect(await observation.guestMemory()).toBeUndefined();
    expect(asked).toEqual(['qom-set']);
    await observation.end();
  });

  it('announces what a real conversation with the agent tells of NICs on a LAN', async () => {
    const nic = (mac: string, address: string) => ({
      name: 'ens',
      'hardware-address': mac,
      'ip-addresses': [{ 'ip-address': address, 'ip-address-type': 'ipv4', prefix: 24 }],
    });
    await using agent = await FakeGuestAgent.listen({
      answer: command =>
        command === 'guest-network-get-interfaces'
          ? { return: [nic('52:54:00:00:00:01', '10.0.2.15'), nic('52:54:00:00:00:02', '10.77.0.9')] }
          : undefined,
    });
    const { vm } = fakeVm(
      command => (command === 'query-chardev' ? [{ label: 'agent', 'frontend-open': true }] : {}),
      agent.path,
    );
    const said = Promise.withResolvers<string>();
    const record = recordOf(['52:54:00:00:00:01', '52:54:00:00:00:02'], [1]);
    const observation = new VmObservation({
      vm,
      record,
      log: NOTHING,
      announce: said.resolve,
      note: NOTHING,
    });
    expect(await said.promise).toBe('address 10.77.0.9 on NIC 1 (guest agent)');
    await observation.end();
  });
});
