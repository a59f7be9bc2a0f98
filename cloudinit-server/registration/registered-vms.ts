import type { WantedFile } from '../answer-seed-file.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { SeedError } from '../errors.ts';
import type { ServerMetrics } from '../metrics/server-metrics.ts';
import { createRefusalLimit } from '../refusal-limit.ts';
import { buildSeedKey } from '../render/vm-facts.ts';
import { type RequestSource, readAddress } from '../request-facts.ts';
import type { SeedFile } from '../seed-files.ts';
import type { RegisteredVm } from '../state/registration-table.ts';
import type { ServerState } from '../state/state.ts';
import { judgeSource } from './judge-source.ts';
import type { NeighbourTable } from './neighbour-table.ts';
import type { BindMacPolicy, ByPathPolicy } from './policies.ts';
import { findRegisteredVm, type RegisteredSeedOptions } from './registered-seed.ts';
import type { Registrar } from './registrar.ts';

/** The registered VMs as guests meet them. */
export interface RegisteredVms {
  /**
   * What a guest gets that shows this token.
   *
   * @throws {SeedError} `token-unknown`, or `mac-refused` which is answered the same
   */
  choose(token: string, file: SeedFile, request: RequestSource): WantedFile;
  /**
   * Whether a folder's path gives nothing but meta-data, to whom it was served before, as the folder is that of registered VMs.
   *
   * @throws {SeedError} `seed-registered` for everybody else, and for who asks by `HEAD` whether a VM could start
   */
  isPathSealed(seedPath: string, request: RequestSource): boolean;
}

/** What serving them works with. */
export interface RegisteredVmsOptions extends RegisteredSeedOptions {
  readonly registrar: Registrar;
  readonly state: Pick<ServerState, 'registrations' | 'goodFiles' | 'vms'>;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly metrics: Pick<ServerMetrics, 'countRefusedMac'>;
  readonly bindMac: BindMacPolicy;
  readonly byPath: ByPathPolicy;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly neighbours: Pick<NeighbourTable, 'read'>;
}

/** Creates the view. */
export function createRegisteredVms(options: RegisteredVmsOptions): RegisteredVms {
  const { registrar, state, bindMac, byPath, audit, metrics, now, neighbours } = options;
  const limit = createRefusalLimit(now);
  const refuse = (registered: RegisteredVm, macAddress: string | undefined, request: RequestSource) => {
    const address = readAddress(request.ip) ?? '';
    const vm = registered.facts.identity;
    metrics.countRefusedMac();
    registrar.refuse(registered, { at: now(), address, macAddress });
    const refusal = limit.refuse();
    if (refusal.kind === 'limited') return;
    const facts = { mac_address: macAddress, refused_before: refusal.untold };
    audit.record({ action: 'mac-refused', actor: 'guest', address, vm, facts });
  };
  return {
    choose: (token, file, request) => {
      const registered = registrar.findBySeedToken(token);
      if (registered === undefined)
        throw new SeedError('token-unknown', 'Cannot serve a registered VM: no VM has this token');
      const { macAddresses } = registered.facts;
      const verdict = judgeSource(bindMac, neighbours.read(readAddress(request.ip) ?? ''), macAddresses);
      if (verdict.kind === 'refused') {
        refuse(registered, verdict.macAddress, request);
        throw describeRefusal(registered, verdict.macAddress);
      }
      return {
        file,
        vmKey: registered.vm.key,
        // A VM that is gone has no guest: whoever still has its token is somebody else.
        isSealed: registered.sealedAt !== undefined || registered.goneAt !== undefined,
        find: () => findRegisteredVm(registered, options),
      };
    },
    isPathSealed: (seedPath, { method }) => {
      if (byPath === 'all' || !state.registrations.hasSeed(seedPath)) return false;
      if (method === 'GET' && state.vms.find(buildSeedKey(seedPath)) !== undefined) return true;
      throw new SeedError(
        'seed-registered',
        `Cannot serve seed "${seedPath}" by its path: drivers have registered VMs with it, which have tokens; let the driver of this VM register it, too (cloudinit_api), or run the server with --by-path all`,
      );
    },
  };
}

function describeRefusal({ facts }: RegisteredVm, macAddress: string | undefined): SeedError {
  const found = macAddress === undefined ? 'an unknown MAC address' : `the MAC address ${macAddress}`;
  const own = facts.macAddresses.length === 0 ? 'none' : facts.macAddresses.join(', ');
  return new SeedError(
    'mac-refused',
    `Cannot serve the VM "${facts.identity}": the request comes from ${found}, and its own are: ${own}; where guests reach the server through a gateway, run it with --bind-mac off`,
  );
}
