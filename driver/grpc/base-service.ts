import { buildHclSpec } from '../config/hcl-spec.ts';
import type { Personality } from '../config/personality.ts';
import { type PluginConfig, parsePluginConfig } from '../config/plugin-config.ts';
import { PLUGIN_OPTIONS } from '../config/plugin-options.ts';
import { decodeWireValue } from '../config/wire-value.ts';
import type { HostCpus } from '../vcpus.ts';
import type { Unary } from './handlers.ts';
import {
  readBytes,
  readList,
  readMessage,
  readNumber,
  readOptionalMessage,
  type WireMessage,
} from './wire-reader.ts';

/** What the agent tells a plugin before it is used. */
export interface PluginSettings {
  readonly plugin: PluginConfig;
  /** Undefined: the agent did not say, as in its probes and before Nomad 1.7. */
  readonly hostCpus: HostCpus | undefined;
}

/** What the plugin says of itself. */
export interface PluginIdentity {
  readonly personality: Personality;
  readonly version: string;
}

/** The BasePlugin service. Called in throw-away probe processes too: nothing here may have a side effect. */
export function baseHandlers(
  identity: PluginIdentity,
  onSettings: (settings: PluginSettings) => void,
): Readonly<Record<'PluginInfo' | 'ConfigSchema' | 'SetConfig', Unary>> {
  return {
    PluginInfo: () => ({
      type: 'DRIVER',
      // The only one that any agent from 1.6 to 2.0 supports.
      plugin_api_versions: ['v0.1.0'],
      plugin_version: identity.version,
      name: identity.personality,
    }),
    ConfigSchema: () => ({ spec: buildHclSpec(PLUGIN_OPTIONS) }),
    SetConfig: message => {
      const request = readMessage(message);
      const plugin = parsePluginConfig(decodeWireValue(readBytes(request, 'msgpack_config')));
      onSettings({ plugin, hostCpus: parseTopology(request) });
      return {};
    },
  };
}

function parseTopology(request: WireMessage): HostCpus | undefined {
  const driver = readOptionalMessage(readOptionalMessage(request['nomad_config'])?.['driver']);
  const topology = readOptionalMessage(driver?.['Topology']);
  if (topology === undefined) return undefined;
  const cores = readList(topology, 'cores').map(readMessage);
  if (cores.length === 0) return undefined;
  const speeds = cores.map(
    core =>
      readNumber(core, 'base_speed') || readNumber(core, 'max_speed') || readNumber(core, 'guess_speed'),
  );
  const totalMhz =
    readNumber(topology, 'override_total_compute') || speeds.reduce((sum, speed) => sum + speed, 0);
  return { coreCount: cores.length, coreMhz: Math.max(1, totalMhz / cores.length) };
}
