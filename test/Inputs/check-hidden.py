"""Runs a base model on the ids of another folder and compares its last hidden states with those there.

check-hidden.py BASE FOLDER SCRATCH; FOLDER has input_ids.npy and hidden.npy, of the last positions.
"""

import array
import os
import struct
import subprocess
import sys


def read(path, kind):
    with open(path, "rb") as file:
        data = file.read()
    return array.array(kind, data[10 + struct.unpack("<H", data[8:10])[0] :])


base, folder, scratch = sys.argv[1:]
ids = read(os.path.join(folder, "input_ids.npy"), "q")
inputs = os.path.join(scratch, "ids.npy")
make = os.path.join(os.path.dirname(os.path.abspath(__file__)), "make-npy.py")
subprocess.run([sys.executable, make, inputs, "%d:i4" % len(ids), *map(str, ids)], check=True)
subprocess.run(["llamir", "run", base, "--input=" + inputs, "--output-dir=" + scratch], check=True)
hidden = read(os.path.join(scratch, "hidden.npy"), "f")
expected = read(os.path.join(folder, "hidden.npy"), "f")
assert 0 < len(expected) <= len(hidden) and any(expected)
worst = max(abs(a - b) for a, b in zip(hidden[-len(expected) :], expected))
print("largest difference %.2e" % worst)
sys.exit(worst > 2e-4)
