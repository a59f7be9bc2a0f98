/** What differs from one VM's job file to the next. */
export interface JobTemplateValues {
  /** Name of the job, and so of its allocations in Nomad. */
  readonly name: string;
  readonly image: string;
  readonly server: string;
  readonly bridge: string;
  readonly mac: string;
  readonly seed: string;
}

/** The values of jobs/distro-vm.hcl, which is this template filled in. */
export const DISTRO_VM: JobTemplateValues = {
  name: 'distro-vm',
  image: '/srv/images/debian-12.qcow2',
  server: 'http://192.168.1.10:8000/',
  bridge: 'br0',
  mac: '52:54:00:ba:49:01',
  seed: 'distro-vm',
};

/** Renders the job file of one VM. It lives in code because the single executable has no files beside it. */
export function renderJobFile({ name, image, server, bridge, mac, seed }: JobTemplateValues): string {
  return `# One VM on the LAN, set up by cloud-init.
#
# Another VM: copy this file and change three lines (job, mac, seed), or let "nomad-vm new NAME" do it.
#
#   nomad-vm check FILE                 what is wrong with it, before it runs
#   nomad job run FILE
#   nomad alloc logs -job ${name} | grep -E "ens3.*global"
#   nomad job stop ${name}

variable "image" {
  description = "Disk image on the node (qcow2 or raw), below the plugin's image_paths. Stays read-only: VMs share it."
  type        = string
  default     = ${quote(image)}
}

variable "cloudinit_server" {
  description = "URL of the seed server (cloudinit-server.hcl), as guests reach it."
  type        = string
  default     = ${quote(server)}
}

variable "bridge" {
  description = "Bridge of the node that leads to the LAN. /etc/qemu/bridge.conf must allow it."
  type        = string
  default     = ${quote(bridge)}
}

variable "mac" {
  description = "MAC address of this VM and of no other: the DHCP server knows the VM by it."
  type        = string
  default     = ${quote(mac)}
}

variable "seed" {
  description = "Folder below the seed server's --seeds with this VM's user-data."
  type        = string
  default     = ${quote(seed)}
}

job ${quote(name)} {
  group "vm" {
    task "vm" {
      driver = "vm"

      config {
        image = var.image
        cpus  = 2

        # The first NIC is ens3 in the guest. Repeat the block for more.
        network {
          bridge = var.bridge
          mac    = var.mac
        }

        cloud_init {
          server = var.cloudinit_server
          seed   = var.seed
        }
      }

      resources {
        cpu    = 1000 # MHz that Nomad reserves
        memory = 1024 # MiB the guest has
      }

      # How long the guest may take to shut down; Nomad's own 5s would cut its power. Above 30s, raise
      # max_kill_timeout in the agent's configuration too (agent-plugin.hcl).
      kill_timeout = "30s"
    }
  }
}
`;
}

/** As an HCL string. */
function quote(text: string): string {
  return JSON.stringify(text).replace(/([$%])\{/g, '$1$1{');
}
