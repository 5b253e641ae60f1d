"""Runs a command on a terminal of 100 columns, and prints what it shows with its control characters in readable form."""

import fcntl
import os
import pty
import struct
import sys
import termios

child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("4H", 50, 100, 0, 0))
    os.execvp(sys.argv[1], sys.argv[1:])
shown = b""
while True:
    try:
        part = os.read(terminal, 65536)
    except OSError:  # The other side is closed.
        break
    if not part:
        break
    shown += part
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(shown.decode().replace("\r\n", "\n").replace("\033", "<ESC>").replace("\r", "<CR>"))
sys.exit(status)
