"""Runs a command, kills it once it has a child, and checks that the child ends, too."""

import os
import subprocess
import sys
import time


def get_processes():
    """The parent of each process that has not ended, by process."""
    parents = {}
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{process}/stat") as file:
                state, parent = file.read().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state not in "ZX":
            parents[int(process)] = int(parent)
    return parents


def wait_for(what, condition):
    for _ in range(1000):
        result = condition()
        if result:
            return result
        time.sleep(0.01)
    sys.exit(f"waited in vain for {what}")


command = subprocess.Popen(sys.argv[1:])
children = wait_for(
    "a child",
    lambda: [child for child, parent in get_processes().items() if parent == command.pid],
)
command.kill()
command.wait()
wait_for("the child to end", lambda: not set(children) & set(get_processes()))
