# One VM on the LAN, set up by cloud-init.
#
# Another VM: copy this file and change three lines (job, mac, seed), or let "nomad-vm new NAME" do it.
#
#   nomad-vm check FILE                 what is wrong with it, before it runs
#   nomad job run FILE
#   nomad alloc logs -job distro-vm | grep -E "ens3.*global"
#   nomad job stop distro-vm

variable "image" {
  description = "Disk image on the node (qcow2 or raw), below the plugin's image_paths. Stays read-only: VMs share it."
  type        = string
  default     = "/srv/images/debian-12.qcow2"
}

variable "cloudinit_server" {
  description = "URL of the seed server (cloudinit-server.hcl), as guests reach it."
  type        = string
  default     = "http://192.168.1.10:8000/"
}

variable "bridge" {
  description = "Bridge of the node that leads to the LAN. /etc/qemu/bridge.conf must allow it."
  type        = string
  default     = "br0"
}

variable "mac" {
  description = "MAC address of this VM and of no other: the DHCP server knows the VM by it."
  type        = string
  default     = "52:54:00:ba:49:01"
}

variable "seed" {
  description = "Folder below the seed server's --seeds with this VM's user-data."
  type        = string
  default     = "distro-vm"
}

job "distro-vm" {
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
