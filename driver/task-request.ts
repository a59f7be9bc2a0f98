/** What Nomad asks to run, parsed once from the wire; see TaskConfig in proto/driver.proto. */
export interface TaskRequest {
  /** `<alloc id>/<task>/<8 hex>`; new for every start, so nothing that must last may depend on it. */
  readonly id: string;
  readonly taskName: string;
  readonly group: string;
  readonly jobId: string;
  readonly namespace: string;
  readonly allocId: string;
  readonly allocIndex: number;
  /** Nomad's name of this node. */
  readonly nodeName: string;
  /** Host folder of the allocation. */
  readonly allocDir: string;
  /** Host folder of the task, with local/ and secrets/ in it. */
  readonly taskDir: string;
  readonly stdoutPath: string;
  readonly stderrPath: string;
  /** The job's `user`, or the empty string. */
  readonly user: string;
  /** The job's `config` block in msgpack, or empty when the handle comes from the agent's disk. */
  readonly driverConfig: Uint8Array;
  /** Network namespace of the group, when its network is not the host's. */
  readonly networkNamespacePath: string | undefined;
  readonly dns: DnsRequest;
  /** How many host volumes, CSI volumes and devices the job mounts. */
  readonly mountCount: number;
  readonly resources: TaskResources;
}

/** The `dns` block of the group's network, or what CNI says in its place; empty where nobody says anything. */
export interface DnsRequest {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

/** What Nomad reserved for the task. */
export interface TaskResources {
  readonly cpuMhz: number;
  readonly memoryMib: number;
  /** 0: not set; -1: no limit. */
  readonly memoryMaxMib: number;
  /** Such as "0,3-5"; empty without `cores`. */
  readonly cpusetCpus: string;
  /** Path of the cgroup that Nomad made for the task, or empty. */
  readonly cpusetCgroup: string;
  readonly ports: readonly AllocatedPort[];
}

/** A port that Nomad reserved on the host. */
export interface AllocatedPort {
  readonly label: string;
  readonly hostAddress: string;
  readonly hostPort: number;
  /** The port inside, as `to` says; 0 when the job does not. */
  readonly guestPort: number;
}
