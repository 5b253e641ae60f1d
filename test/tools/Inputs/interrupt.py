"""Runs a command until it has a temporary file in a folder, interrupts it, and checks that it ends and leaves nothing.

interrupt.py SIGNAL FOLDER COMMAND...
"""

import os
import signal
import subprocess
import sys
import time

number, folder, command = getattr(signal, sys.argv[1]), sys.argv[2], sys.argv[3:]
# Who runs the test in the background may ignore the signal, and so would the command.
signal.signal(number, signal.SIG_DFL)
before = set(os.listdir(folder))
process = subprocess.Popen(command)
while set(os.listdir(folder)) == before:
    if process.poll() is not None:
        sys.exit("it ended before it could be interrupted")
    time.sleep(0.001)
process.send_signal(number)
if process.wait() != -number:
    sys.exit("it ended with %d" % process.returncode)
left = set(os.listdir(folder)) - before
if left:
    sys.exit("it left %s" % left)
