import { join } from 'node:path';

/** A task driver plugin to install. */
export interface Plugin {
  /** What it is called in Nomad's plugin folder, which is also what its configuration block is labelled. */
  readonly fileName: string;
  readonly executablePath: string;
  /** HCL: the inside of `plugin "NAME" { config { … } }`. */
  readonly config: string;
}

/** What an agent's configuration file says. */
export interface AgentSettings {
  /** The node's. */
  readonly name: string;
  /** The agent's own: its data, plugins and configuration are below it. */
  readonly folder: string;
  readonly httpPort: number;
  /** Of the agent's cgroups, so that they can be told from another agent's and removed. */
  readonly cgroupParent: string;
  readonly plugins: readonly Plugin[];
  /** Whether it is a server too; otherwise it is a client of the one that is. */
  readonly isServer: boolean;
  /** HCL that is appended. */
  readonly extraConfig: string;
}

/** The configuration of an agent that is a client, alone or with a server in it, and keeps its state across restarts. */
export function renderAgentConfig(settings: AgentSettings): string {
  const { name, folder, httpPort, cgroupParent, plugins, isServer, extraConfig } = settings;
  return `
name                 = ${quote(name)}
data_dir             = ${quote(join(folder, 'data'))}
plugin_dir           = ${quote(join(folder, 'plugins'))}
bind_addr            = "127.0.0.1"
disable_update_check = true
log_level            = "DEBUG"

advertise {
  http = "127.0.0.1"
  rpc  = "127.0.0.1"
  serf = "127.0.0.1"
}

ports {
  http = ${httpPort}
}

${isServer ? SERVER : JOIN}
client {
  enabled           = true
  network_interface = "lo"
  cpu_total_compute = 20000
  max_kill_timeout  = "10m"
  # Logs of what has ended are read; the default of 50 takes them away in a long run.
  gc_max_allocs     = 5000
  cgroup_parent     = ${quote(cgroupParent)}
  options {
    # Each of these waits 2 s for an address that doesn't answer.
    "fingerprint.denylist" = "env_aws,env_gce,env_azure,env_digitalocean"
    "driver.denylist"      = "docker,java"
  }
}

consul {
  auto_advertise   = false
  client_auto_join = false
}

telemetry {
  publish_allocation_metrics = true
  collection_interval        = "1s"
}

plugin "raw_exec" {
  config {
    enabled = true
  }
}
${plugins.map(renderPlugin).join('')}
${extraConfig}
`;
}

const SERVER = `
server {
  enabled          = true
  bootstrap_expect = 1
}
`;

const JOIN = `
client {
  servers = ["127.0.0.1:4647"]
}
`;

function renderPlugin({ fileName, config }: Plugin): string {
  return `
plugin ${quote(fileName)} {
  config {
${config}
  }
}
`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
