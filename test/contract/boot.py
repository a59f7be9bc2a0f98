"""What a guest does with its seed when it boots: cloud-init's own code, run as its systemd generator and its stages
"init-local" and "init" run it (cloudinit/cmd/main.py, main_init), without modules and network settings.

usage: boot.py [DISK]     (DISK: the image of a disk that the guest has)

Prints what came of it as JSON.
"""

import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time

warnings = []
sleeps = []


class Collect(logging.Handler):
    def emit(self, record):
        warnings.append(record.getMessage())


def sleep(seconds, really=time.sleep):
    sleeps.append(seconds)
    really(seconds)


def identify():
    """Whether cloud-init runs at all, and which datasources it looks for: its generator asks this script."""
    code = subprocess.run(["sh", "/usr/lib/cloud-init/ds-identify"], capture_output=True, check=False).returncode
    found = "/run/cloud-init/cloud.cfg"
    config = None
    if os.path.exists(found):
        with open(found, encoding="utf8") as file:
            config = file.read()
    return {"code": code, "config": config}


def attach(disk):
    """Gives the guest this image for a disk: blkid knows it beside the devices there are, and what is in it can be read."""
    commands = tempfile.mkdtemp()
    blkid = os.path.join(commands, "blkid")
    with open(blkid, "w", encoding="utf8") as file:
        file.write(f'#!/bin/sh\nexec {shutil.which("blkid")} "$@" {disk}\n')
    os.chmod(blkid, 0o755)
    os.environ["PATH"] = f'{commands}:{os.environ["PATH"]}'

    from cloudinit import util

    def mount_cb(device, callback, data=None, **_):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["mcopy", "-i", device, "::*", folder], check=True)
            return callback(folder, data) if data is not None else callback(folder)

    util.mount_cb = mount_cb


def run_stage(deps):
    from cloudinit import sources, stages
    from cloudinit.cmd import main as command
    from cloudinit.settings import PER_ALWAYS, PER_INSTANCE

    is_local = sources.DEP_NETWORK not in deps
    init = stages.Init(ds_deps=deps)
    init.read_cfg()
    init.initialize()
    existing = "trust"
    if is_local:
        marker = init.paths.get_ipath_cur("manual_clean_marker")
        existing = "trust" if os.path.exists(marker) else "check"
        init.purge_cache()
    try:
        init.fetch(existing=existing)
    except sources.DataSourceNotFoundException:
        return None
    command._maybe_persist_instance_data(init)
    init.instancify()
    if (init.datasource.dsmode == sources.DSMODE_LOCAL) != is_local:
        return None
    init.setup_datasource()
    init.update()
    ran, _ = init.cloudify().run("consume_data", init.consume_data, args=[PER_INSTANCE], freq=PER_INSTANCE)
    if not ran:
        init.consume_data(PER_ALWAYS)
    init.activate_datasource()
    return init


def describe(init):
    from cloudinit.config.modules import Modules

    source = init.datasource
    hostname = source.get_hostname()
    return {
        "datasource": str(source),
        "instance_id": source.get_instance_id(),
        "is_new": init.is_new_instance(),
        # A text in older releases, something with one in newer ones.
        "hostname": getattr(hostname, "hostname", hostname),
        "user_data": as_text(source.get_userdata_raw()),
        "network_config": source.network_config,
        "config": Modules(init, []).cfg,
    }


def as_text(data):
    return data.decode() if isinstance(data, bytes) else data


def boot():
    from cloudinit import sources

    root = logging.getLogger()
    root.setLevel(logging.DEBUG)
    handler = Collect()
    handler.setLevel(logging.WARNING)
    root.addHandler(handler)
    time.sleep = sleep
    local = run_stage([sources.DEP_FILESYSTEM])
    init = local or run_stage([sources.DEP_FILESYSTEM, sources.DEP_NETWORK])
    return describe(init) if init else None


def main():
    if len(sys.argv) > 1:
        attach(sys.argv[1])
    identified = identify()
    # Only then do the stages run.
    outcome = boot() if identified["code"] == 0 else None
    print(json.dumps({"identified": identified, "outcome": outcome, "sleeps": sleeps, "warnings": warnings}, default=str))


main()
