#!/venv/bin/python
"""Run the image's service as process 1 of its container: `serve [ARGUMENT...]`."""

import os
import runpy
import signal
import sys

PACKAGES = {
    "auth": "auth_service",
    "resource": "resource_service",
    "client-demo": "client_demo",
}

# Process 1 gets no signal that it does not handle, so one that comes before the
# server has its own handlers would be lost, and stopping take until the kill.
for each in (signal.SIGTERM, signal.SIGINT):
    signal.signal(each, lambda *_: sys.exit(0))

runpy.run_module(PACKAGES[os.environ["SERVICE"]], run_name="__main__", alter_sys=True)
