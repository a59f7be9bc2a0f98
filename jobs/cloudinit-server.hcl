# The seed server: gives every VM its cloud-init files over HTTP, from a folder that you edit.
#
#   nomad job run jobs/cloudinit-server.hcl
#   $EDITOR /srv/seeds/alice/user-data        counts at the next request, nothing to restart
#
# Run it on the node whose address the VMs' jobs name in cloud_init, or on several that share the folder.

variable "nomad_vm" {
  description = "The nomad-vm program on the node: the plugin's own file, or a link to it."
  type        = string
  default     = "/usr/local/bin/nomad-vm"
}

variable "seeds" {
  description = "Folder on the node that holds one folder for each VM."
  type        = string
  default     = "/srv/seeds"
}

variable "state" {
  description = "Folder on the node for what the server remembers: VMs, their boots and host keys, good versions of files."
  type        = string
  default     = "/var/lib/cloudinit-server"
}

variable "admin" {
  description = "HOST:PORT on the node where nomad-vm list, wait and known-hosts ask, with the admin-token of the state folder."
  type        = string
  default     = "127.0.0.1:8001"
}

variable "drivers" {
  description = "HOST:PORT where the plugin of every node registers VMs, with the drivers-token of the state folder."
  type        = string
  default     = "0.0.0.0:8002"
}

variable "listen" {
  description = "HOST:PORT where guests reach it."
  type        = string
  default     = "0.0.0.0:8000"
}

job "cloudinit-server" {
  # Seeds should be there before anything else is.
  priority = 80

  group "server" {
    network {
      port "http" {
        # The ports of the variables, so that Nomad gives them to nobody else.
        static = parseint(regex_replace(var.listen, "^.*:", ""), 10)
      }
      port "drivers" {
        static = parseint(regex_replace(var.drivers, "^.*:", ""), 10)
      }
    }

    # A guest gives up on its seed after 10 seconds, so the server must be back sooner, however often it fails.
    # Never more than 5 attempts fit into the interval: "delay" then goes on for ever.
    restart {
      attempts = 5
      interval = "5s"
      delay    = "1s"
      mode     = "delay"
    }

    task "cloudinit-server" {
      # Must be enabled on the node (agent-plugin.hcl). The server needs no root: set user to one that may read
      # the seeds and write the state.
      driver = "raw_exec"

      config {
        command = var.nomad_vm
        args = [
          "serve", "--seeds", var.seeds, "--listen", var.listen,
          "--state", var.state, "--admin", var.admin, "--drivers", var.drivers,
        ]
      }

      resources {
        cpu    = 100
        memory = 256
      }
    }
  }
}
