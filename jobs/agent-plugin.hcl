# What a node's agent needs for VMs: put this file beside its configuration (such as /etc/nomad.d/vm.hcl), the plugin
# into its plugin_dir (such as /opt/nomad/plugins/nomad-driver-vm), and restart the agent.

# The label is the plugin's file name. As a drop-in for the built-in qemu driver, install it as "qemu" and write
# plugin "qemu" here.
plugin "nomad-driver-vm" {
  config {
    # Folders that images may lie in, beside the allocation's own.
    image_paths = ["/srv/images"]

    # The seed server for jobs whose cloud_init names none.
    cloudinit_server = "http://192.168.1.10:8000/"

    # Registers VMs with that server: seeds of their own, and how they boot as events. The server makes the token; on
    # other nodes this is a copy. Leave the block out for another web server.
    cloudinit_api {
      url        = "http://192.168.1.10:8002/"
      token_file = "/var/lib/cloudinit-server/drivers-token"
    }

    # Raw qemu arguments that jobs may use, flag and value. Without it: none.
    # args_allowlist = ["-device virtio-rng-pci"]

    # Emulators that jobs may run. Without it: any.
    # emulators_allowlist = ["x86_64"]
  }
}

# Runs the seed server as a job (cloudinit-server.hcl). Leave it out where that runs otherwise.
plugin "raw_exec" {
  config {
    enabled = true
  }
}

client {
  # The agent cuts every job's kill_timeout to this. Its default of 30s is short for a guest to shut down in.
  max_kill_timeout = "5m"
}
