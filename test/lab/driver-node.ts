import { join } from 'node:path';
import type { TaskRecord } from '../../driver/task-record.ts';
import { TaskStore } from '../../driver/task-store.ts';
import type { Lab } from './lab.ts';
import type { NomadAgent } from './nomad/agent.ts';

/** A node of Nomad that has our plugin under both names. */
export interface DriverNode {
  readonly nomad: NomadAgent;
  /** What its plugin has on record of the VM of an allocation. */
  record(allocId: string): TaskRecord;
}

/** A node besides the first one, which has the server. */
export interface ExtraNode {
  readonly name: string;
  readonly httpPort: number;
}

/** What a node is made of. */
export interface DriverNodeOptions {
  readonly extra?: ExtraNode;
  /** The `nomad` executable. */
  readonly executablePath: string;
  readonly pluginPath: string;
  /** HCL for the plugins' configuration. */
  readonly config: string;
  /** The same, for driver `vm` alone. */
  readonly vmConfig: string;
  /** HCL that is appended to the agent's configuration. */
  readonly extraConfig?: string | undefined;
}

/** Starts it, in some ten seconds. It ends with its lab. */
export async function startDriverNode(lab: Lab, options: DriverNodeOptions): Promise<DriverNode> {
  const { extra, executablePath, pluginPath: path, vmConfig, extraConfig = '' } = options;
  const prefix = extra === undefined ? '' : `${extra.name}-`;
  const roots = {
    stateRoot: join(lab.folder, `${prefix}state`),
    runRoot: join(lab.folder, `${prefix}run`),
  };
  const config = `
    state_dir = ${JSON.stringify(roots.stateRoot)}
    run_dir   = ${JSON.stringify(roots.runRoot)}
    ${options.config}`;
  const nomad = await lab.startNomad({
    executablePath,
    plugins: [
      { fileName: 'nomad-driver-vm', executablePath: path, config: `${config}\n${vmConfig}` },
      { fileName: 'qemu', executablePath: path, config },
    ],
    drivers: ['vm', 'qemu'],
    extraConfig,
    ...(extra && { ...extra, isServer: false }),
  });
  const store = new TaskStore(roots, () => undefined);
  return {
    nomad,
    record: allocId => {
      const record = store.list().find(candidate => candidate.allocId === allocId);
      if (record === undefined) throw new Error(`The plugin has no record of allocation "${allocId}"`);
      return record;
    },
  };
}
