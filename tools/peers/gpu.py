# Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times what a bundle of `tools/dev gpu-check` times, in PyTorch on the same GPU.

Each is compiled by torch.compile with max-autotune, captured in a graph, and launched again and again; bf16, joined
projections. Prints a line for each, and as JSON where --json=FILE says.
"""

import argparse
import json
import sys
import time

import torch
import torch.nn.functional as F

import common
from block import Decode, Prefill, inputs_of

SHAPES = {
    **common.SHAPES,
    "llama-3.2-1b": common.Shape(2048, 8192, 32, 8, 5e5),
}
VOCABULARY = 128256


class Model(torch.nn.Module):
    """Blocks between an embedding and the logits of one token, which share a table."""

    def __init__(self, shape, layers):
        super().__init__()
        self.blocks = torch.nn.ModuleList(Decode(shape, "bf16", True, seed) for seed in range(layers))
        self.table = torch.nn.Parameter(torch.randn(VOCABULARY, shape.hidden, dtype=torch.bfloat16) / 45, False)
        self.gain = torch.nn.Parameter(torch.ones(shape.hidden, dtype=torch.bfloat16), False)

    def forward(self, ids, cos, sin, caches):
        x = F.embedding(ids, self.table)
        for block, (keys, values) in zip(self.blocks, caches):
            x = block(x, cos, sin, keys, values)
        return F.linear(F.rms_norm(x, x.shape[-1:], self.gain, 1e-5), self.table)


def to_device(value):
    return tuple(map(to_device, value)) if isinstance(value, (tuple, list)) else value.cuda()


def least_us(run, launches):
    """Captures run() `launches` times in a graph, and times that."""
    run()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for _ in range(launches):
            run()
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    times = []
    for _ in range(7):
        begin.record()
        graph.replay()
        end.record()
        torch.cuda.synchronize()
        times.append(begin.elapsed_time(end) * 1e3 / launches)
    return min(times)


def step(shape, context):
    block = Decode(shape, "bf16", True).eval().cuda()
    return block, to_device(inputs_of(block, ("decode", context), context + 1, "bf16", shape.hidden)), 10


def prefill(shape, tokens):
    block = Prefill(shape, "bf16", True).eval().cuda()
    return block, to_device(inputs_of(block, ("prefill", tokens), 0, "bf16", shape.hidden)), 3


def model_step(shape, context):
    model = Model(shape, 16).eval()
    block = model.blocks[0]
    arguments = inputs_of(block, ("decode", context), context + 1, "bf16", shape.hidden)
    caches = [inputs_of(block, ("decode", context), context + 1, "bf16", shape.hidden, i)[3:] for i in range(16)]
    return model.cuda(), to_device([torch.tensor([3]), *arguments[1:3], caches]), 3


CASES = {
    "block 7b, decode, context 512": lambda: step(SHAPES["llama-2-7b"], 512),
    "block 8b, decode, context 512": lambda: step(SHAPES["llama-3-8b"], 512),
    "block 7b, decode, context 4096": lambda: step(SHAPES["llama-2-7b"], 4096),
    "block 7b, prefill of 2048": lambda: prefill(SHAPES["llama-2-7b"], 2048),
    "block 8b, prefill of 2048": lambda: prefill(SHAPES["llama-3-8b"], 2048),
    "model 1b, decode, context 512": lambda: model_step(SHAPES["llama-3.2-1b"], 512),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", help="where the times go as JSON")
    parser.add_argument("--eager", action="store_true", help="without torch.compile")
    parser.add_argument("--only", default="", help="cases with this text in their names")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("gpu.py: PyTorch finds no GPU")
    torch.set_grad_enabled(False)
    times = {}
    print("%s, PyTorch %s" % (torch.cuda.get_device_name(), torch.__version__))
    for name, make in CASES.items():
        if options.only not in name:
            continue
        start = time.time()
        module, arguments, launches = make()
        # Graphs are captured here: PyTorch's own refuse caches that are written.
        call = module if options.eager else torch.compile(module, mode="max-autotune-no-cudagraphs")
        times[name] = least_us(lambda: call(*arguments), launches)
        print("%-34s %11.1f us (ready in %.0f s)" % (name, times[name], time.time() - start), flush=True)
        del module, arguments, call
        torch.compiler.reset()
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"machine": torch.cuda.get_device_name(), "torch": torch.__version__, "us": times}, file)


main()
