"""Runs a command until it has a temporary file in a folder, interrupts it, and checks that it ends and leaves nothing.

interrupt.py SIGNAL FOLDER COMMAND...

With `ignore` in front, the command is started with the signal ignored, and must go on and leave its files.
"""

import os
import signal
import subprocess
import sys
import time

arguments = sys.argv[1:]
ignored = arguments[0] == "ignore"
number, folder, *command = arguments[ignored:]
number = getattr(signal, number)
# Who runs the test in the background may ignore the signal, and so would the command.
signal.signal(number, signal.SIG_IGN if ignored else signal.SIG_DFL)
before = set(os.listdir(folder))
process = subprocess.Popen(command)
while set(os.listdir(folder)) == before:
    if process.poll() is not None:
        sys.exit("it ended before it could be interrupted")
    time.sleep(0.001)
process.send_signal(number)
if process.wait() != (0 if ignored else -number):
    sys.exit("it ended with %d" % process.returncode)
left = set(os.listdir(folder)) - before
if bool(left) != ignored or any(".tmp" in name for name in left):
    sys.exit("it left %s" % left)
