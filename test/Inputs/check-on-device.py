"""Runs kernels of all kinds on a device and compares each with the reference.

check-on-device.py TARGET EXECUTION_FOLDER

Prints what failed, and how many ran.
"""

import subprocess
import sys

target, folder = sys.argv[1:3]

OPS = [
    ("ops.mlir", "rope_interleaved", ["tokens=7"]),
    ("ops.mlir", "rope_partial", ["tokens=7"]),
    ("ops.mlir", "rope_partial_interleaved", ["tokens=7"]),
    ("ops.mlir", "rope_twice", ["tokens=7"]),
    ("ops.mlir", "fused_partial", ["tokens=13"]),
    ("ops.mlir", "fused_interleaved", ["tokens=13"]),
    ("ops.mlir", "long_position", ["tokens=70000"]),
    ("ops.mlir", "bias", ["tokens=9"]),
    ("ops.mlir", "long_sum", ["tokens=9"]),
    ("ops.mlir", "long_sum", ["tokens=1"]),
    ("ops.mlir", "activations", ["tokens=5"]),
    ("ops.mlir", "half_types", ["tokens=5"]),
    ("ops.mlir", "weight_argument", ["tokens=5"]),
    ("ops.mlir", "returned_parts", ["tokens=5"]),
    ("ops.mlir", "static_tokens", []),
    ("ops.mlir", "embedding", ["tokens=5"]),
    ("ops.mlir", "rope_scaled", ["tokens=7"]),
    ("ops.mlir", "rope_by_length", ["tokens=7"]),
    ("ops.mlir", "vectors", ["tokens=7"]),
    ("epilogues.mlir", "chain", ["tokens=1"]),
    ("epilogues.mlir", "chain", ["tokens=30"]),
    ("epilogues.mlir", "long", ["tokens=1"]),
    ("norms.mlir", "layer", ["tokens=3"]),
    ("norms.mlir", "layer_wide", ["tokens=3"]),
    ("norms.mlir", "layer_image", ["tokens=3"]),
    ("norms.mlir", "group", ["tokens=3"]),
    ("norms.mlir", "instance", ["tokens=2"]),
    ("norms.mlir", "channels", ["tokens=2"]),
    ("norms.mlir", "heads", ["tokens=3"]),
    ("norms.mlir", "heads_rotated", ["tokens=3"]),
    ("norms.mlir", "one", ["tokens=3"]),
    ("batch-norms.mlir", "training", ["tokens=3"]),
    ("batch-norms.mlir", "training", ["tokens=0"]),
    ("batch-norms.mlir", "wide", ["tokens=3"]),
    ("batch-norms.mlir", "features", ["tokens=131"]),
    ("batch-norms.mlir", "inference", ["tokens=3"]),
    ("batch-norms.mlir", "switchable", ["tokens=3"]),
    ("batch-norms.mlir", "norm_relu", ["tokens=3"]),
    ("linear-attention.mlir", "causal", ["tokens=1"]),
    ("linear-attention.mlir", "rotated", ["tokens=150"]),
    ("linear-attention.mlir", "continued", ["tokens=70"]),
    ("linear-attention.mlir", "full", ["tokens=70"]),
    ("linear-attention.mlir", "recurrent", ["tokens=1"]),
    ("positions.mlir", "sections", ["tokens=7"]),
    ("positions.mlir", "axial", ["tokens=7"]),
    ("positions.mlir", "axial_unequal", ["tokens=7"]),
    ("positions.mlir", "sinusoid", ["tokens=7"]),
    ("positions.mlir", "alibi", ["tokens=1", "keys=300"]),
    ("positions.mlir", "alibi", ["tokens=100", "keys=300"]),
    ("positions.mlir", "relative", ["tokens=1", "keys=300", "distances=300"]),
    ("positions.mlir", "relative", ["tokens=100", "keys=300", "distances=300"]),
    ("positions.mlir", "relative_full", ["tokens=7", "keys=12", "distances=23"]),
    ("attention.mlir", "window", ["tokens=300", "keys=530"]),
    ("attention.mlir", "window", ["tokens=1", "keys=600"]),
    ("attention.mlir", "window", ["tokens=5", "keys=131"]),
    ("attention.mlir", "eight_heads", ["tokens=1", "keys=300"]),
    ("attention.mlir", "eight_heads", ["tokens=40", "keys=70"]),
    ("attention.mlir", "narrow_heads", ["tokens=1", "keys=9"]),
    ("attention.mlir", "full", ["tokens=7", "keys=150"]),
    ("attention.mlir", "causal", ["tokens=5", "keys=2"]),
    ("attention.mlir", "one_head", ["tokens=100", "keys=100"]),
    ("attention.mlir", "full", ["tokens=1", "keys=150"]),
    ("attention.mlir", "causal", ["tokens=1", "keys=600"]),
    ("attention.mlir", "causal", ["tokens=5", "keys=131"]),
    ("attention.mlir", "many_groups", ["tokens=2", "keys=9"]),
    ("attention.mlir", "causal", ["tokens=130", "keys=530"]),
    ("attention.mlir", "static_few", []),
    ("attention.mlir", "static_many", []),
    ("attention.mlir", "full", ["tokens=5", "keys=0"]),
    ("attention.mlir", "causal", ["tokens=1", "keys=0"]),
    ("attention.mlir", "full", ["tokens=0", "keys=5"]),
]

def run(name, text, options):
    command = ["llamir", "run", "-", "--check", "--target=" + target] + options
    ran = subprocess.run(command, input=text, capture_output=True, text=True)
    right = ran.returncode == 0 and (" ok" in ran.stdout or "no kernel ran" in ran.stdout)
    if not right:
        print(name, *command[4:], "\n", ran.stdout, ran.stderr)
    return right


results = []
for file, function, dims in OPS:
    with open(folder + "/" + file) as text:
        options = ["--function=" + function] + ["--dim=" + dim for dim in dims]
        results.append(run(file, text.read(), options))
print("%d ran, %d failed" % (len(results), results.count(False)))
sys.exit(not all(results))
