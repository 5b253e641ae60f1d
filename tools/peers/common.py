# Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the runners share: shapes, phases, their command line, and the loop that times.

A runner is a process that times one phase of one block in one program and prints one JSON object: `version`, `flags`
and `ms`, the least time.
"""

import argparse
import collections
import json
import sys
import time

Shape = collections.namedtuple("Shape", "hidden intermediate heads kv_heads theta")

# As `llamir bench --shape` has them.
SHAPES = {
    "llama-2-7b": Shape(4096, 11008, 32, 32, 1e4),
    "llama-3-8b": Shape(4096, 14336, 32, 8, 5e5),
    "tinyllama-1.1b": Shape(2048, 5632, 32, 4, 1e4),
    "wordnet-3m": Shape(192, 512, 6, 2, 1e4),
}
DTYPES = ("f32", "bf16", "f16")


def parse_phase(text):
    """`prefill:512` is ("prefill", 512)."""
    kind, _, size = text.partition(":")
    if kind not in ("prefill", "decode") or not size.isascii() or not size.isdigit() or not 0 < int(size) <= 65536:
        raise argparse.ArgumentTypeError(f"'{text}' is neither prefill:TOKENS nor decode:CONTEXT")
    return kind, int(size)


def phase_name(phase):
    return "%s:%d" % phase


def list_of(item):
    """The type of an option whose value is a list with commas."""

    def parse(text):
        items = [item(part) for part in text.split(",")]
        if len(set(items)) < len(items):
            raise argparse.ArgumentTypeError(f"'{text}' names something twice")
        return items

    return parse


def one_of(names):
    """The type of an item that is one of some names."""

    def parse(text):
        if text not in names:
            raise argparse.ArgumentTypeError(f"'{text}' is none of {', '.join(names)}")
        return text

    return parse


def positive(kind):
    def parse(text):
        try:
            number = kind(text)
        except ValueError:
            number = 0
        if not 0 < number < 1e6:
            raise argparse.ArgumentTypeError(f"'{text}' is no positive number that makes sense here")
        return number

    return parse


def runner_options(doc, **more):
    """The options of a runner, which may have one more of its own."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--shape", default="llama-2-7b", choices=SHAPES)
    parser.add_argument("--phase", default=("prefill", 512), type=parse_phase)
    parser.add_argument("--dtype", default="f32", choices=DTYPES, help="the type of the weights")
    parser.add_argument("--threads", default=1, type=positive(int))
    parser.add_argument("--seconds", default=2.0, type=positive(float), help="how long to repeat it")
    for name, settings in more.items():
        parser.add_argument("--" + name, **settings)
    return parser.parse_args()


def least_ms(run, seconds):
    """Calls run() for some seconds, at least 3 times, and returns the least time. One call before does not count."""
    run()
    times = []
    end = time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times) * 1e3


def finish(version, flags, ms, **more):
    json.dump({"version": version, "flags": flags, "ms": ms, **more}, sys.stdout)
    print()
