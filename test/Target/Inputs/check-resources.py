"""check-resources.py FOLDER ARCHITECTURE...: whether kernels spill, by their *.resources.json."""

import glob
import json
import os
import sys

folder, architectures = sys.argv[1], sys.argv[2:]
bad = 0
for path in sorted(glob.glob(folder + "/*.resources.json")):
    with open(path) as file:
        by_architecture = json.load(file)
    assert sorted(by_architecture) == sorted(architectures), by_architecture.keys()
    registers = 0
    for architecture, kernels in by_architecture.items():
        for name, kernel in kernels.items():
            registers = max(registers, kernel["registers"])
            if kernel["stack_bytes"] or kernel["spill_store_bytes"] or kernel["spill_load_bytes"]:
                print(architecture, name, kernel)
                bad += 1
    kernels = len(by_architecture[architectures[0]])
    print("%s: %d kernels, at most %d registers" % (os.path.basename(path).split(".")[0], kernels, registers))
print("%d kernels spill" % bad if bad else "no kernel spills")
sys.exit(bad != 0)
