/** What a test wants of a job that runs the tiny guest. */
export interface TinyJob {
  readonly id: string;
  /** @default service */
  readonly type?: 'service' | 'batch';
  /** @default vm */
  readonly driver?: 'vm' | 'qemu';
  /** HCL inside the config block. */
  readonly config: string;
  /** @default 1 */
  readonly count?: number;
  /** How often Nomad may start it again. @default 0 */
  readonly restarts?: number;
  /** HCL inside the reschedule block. @default not at all */
  readonly reschedule?: string;
  /** @default 256 */
  readonly memoryMib?: number;
  /** @default 20s */
  readonly killTimeout?: string;
  /** HCL inside the group block. */
  readonly group?: string;
  /** HCL inside the task block. */
  readonly task?: string;
}

/** A job file. */
export function renderTinyJob(job: TinyJob): string {
  return `
job "${job.id}" {
  type = "${job.type ?? 'service'}"
  group "vm" {
    count = ${job.count ?? 1}
    restart {
      attempts = ${job.restarts ?? 0}
      interval = "10m"
      delay    = "1s"
      mode     = "fail"
    }
    reschedule {
      ${job.reschedule ?? 'attempts = 0\n      unlimited = false'}
    }
    ${job.group ?? ''}
    task "vm" {
      driver       = "${job.driver ?? 'vm'}"
      kill_timeout = "${job.killTimeout ?? '20s'}"
      config {
        ${job.config}
      }
      resources {
        cpu    = 500
        memory = ${job.memoryMib ?? 256}
      }
      ${job.task ?? ''}
    }
  }
}
`;
}
