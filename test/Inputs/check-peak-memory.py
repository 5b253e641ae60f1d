"""Runs `llamir run ARGUMENT...` and compares its peak memory with what its weights and arena need.

check-peak-memory.py TOKENS ARGUMENT...
"""

import re
import resource
import subprocess
import sys

tokens, arguments = int(sys.argv[1]), sys.argv[2:]
command = ["llamir", "compile", "--until-after=memory", *arguments]
plan = subprocess.run(command, check=True, capture_output=True, text=True)
weights = int(re.search(r"llama\.weights_bytes = (\d+)", plan.stdout).group(1))
arena = 0
for size, dims in re.findall(r"{bytes = (\d+) : i64, dims = \[(.*?)\]}", plan.stdout):
    arena += int(size) * (tokens if dims else 1)
assert arena > 0, "no memory plan"
del plan

# The largest child so far is the compiler's; a run is larger, for it has the weights.
subprocess.run(["llamir", "run", "--dim=tokens=%d" % tokens, *arguments], check=True, stdout=subprocess.DEVNULL)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
allowed = weights + arena + 100 * 10**6
print("weights %d, arena %d, peak %d, allowed %d" % (weights, arena, peak, allowed))
if peak > allowed:
    sys.exit("the peak is too high")
