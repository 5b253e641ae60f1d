# Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times the block in llamir, and takes over what it says of the machine's limits."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import common

ROOT = pathlib.Path(__file__).resolve().parents[2]


def version():
    """The commit that the checkout is at; `-dirty` if files differ from it."""
    describe = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    try:
        return subprocess.run(describe, capture_output=True, check=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "of an unknown commit"


def main():
    options = common.runner_options(__doc__, activations={"default": "f32", "choices": common.DTYPES})
    # Its threads are as many as the processors that it may use, if this does not say otherwise.
    os.environ["HL_NUM_THREADS"] = str(options.threads)
    flags = ["--shape=" + options.shape, "--weights=" + options.dtype, "--activations=" + options.activations]
    phase = "--phase=" + common.phase_name(options.phase)
    with tempfile.TemporaryDirectory() as folder:
        figures = os.path.join(folder, "figures.json")
        command = [str(ROOT / "build/bin/llamir"), "bench", *flags, phase, "--json=" + figures]
        # Its table is no result here.
        if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode:
            sys.exit("llamir bench failed")
        with open(figures, encoding="utf-8") as file:
            figures = json.load(file)

    (block,) = (record for record in figures["results"] if record["kernel"] == "block")
    limit_ms = block["min_ms"] * block["percent_of_limit"] / 100
    common.finish(version(), " ".join(flags), block["min_ms"], limit_ms=limit_ms, limits=figures["limits"])


main()
