"""Runs a base model on the ids of another folder and compares its last hidden states with those there.

check-hidden.py BASE FOLDER SCRATCH; FOLDER has input_ids.npy and hidden.npy, of the last positions.
"""

import os
import subprocess
import sys

import npy

base, folder, scratch = sys.argv[1:]
ids = npy.read(os.path.join(folder, "input_ids.npy"))[1]
inputs = os.path.join(scratch, "ids.npy")
npy.write(inputs, [len(ids)], ids, "<i4")
subprocess.run(["llamir", "run", base, "--input=" + inputs, "--output-dir=" + scratch], check=True)
hidden = npy.read(os.path.join(scratch, "hidden.npy"))[1]
expected = npy.read(os.path.join(folder, "hidden.npy"))[1]
assert 0 < len(expected) <= len(hidden) and any(expected)
worst = max(abs(a - b) for a, b in zip(hidden[-len(expected) :], expected))
print("largest difference %.2e" % worst)
sys.exit(worst > 2e-4)
