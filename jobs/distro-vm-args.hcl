# The VM of distro-vm.hcl the way it is written for Nomad's built-in "qemu" driver, by raw qemu arguments.
#
# It runs on the built-in driver, and unchanged on this plugin where that is installed under the file name "qemu".
# For new VMs, distro-vm.hcl says the same in fewer words and has its mistakes found by "nomad-vm check".
#
# Another VM: copy this file and change four lines (job, image, mac, seed).

variable "image" {
  description = "Disk image on the node, below the plugin's image_paths. The guest writes to this very file: one copy for each VM."
  type        = string
  default     = "/srv/images/distro-vm-args.qcow2"
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
  description = "MAC address of this VM and of no other: qemu's own default is the same for every VM."
  type        = string
  default     = "52:54:00:ba:49:02"
}

variable "seed" {
  description = "Folder below the seed server's --seeds with this VM's user-data."
  type        = string
  default     = "distro-vm"
}

variable "accelerator" {
  description = "kvm, or tcg on a node without working KVM (slow)."
  type        = string
  default     = "kvm"
}

job "distro-vm-args" {
  group "vm" {
    task "vm" {
      driver = "qemu"

      config {
        image_path        = var.image
        accelerator       = var.accelerator
        drive_interface   = "virtio"
        graceful_shutdown = true

        args = [
          "-netdev", "bridge,id=hn0,br=${var.bridge}",
          "-device", "virtio-net-pci,netdev=hn0,id=nic1,mac=${var.mac}",
          # Guests with cloud-init from 24.1 on note that "nocloud-net" is deprecated; it works with all of them.
          "-smbios", "type=1,serial=ds=nocloud-net;s=${trimsuffix(var.cloudinit_server, "/")}/${var.seed}/",
        ]
      }

      resources {
        cpu    = 1000 # MHz; this driver gives one virtual CPU unless "cores" says otherwise
        memory = 1024 # MiB the guest has
      }

      # How long the guest may take to shut down; Nomad's own 5s would cut its power. Above 30s, raise
      # max_kill_timeout in the agent's configuration too (agent-plugin.hcl).
      kill_timeout = "30s"
    }
  }
}
