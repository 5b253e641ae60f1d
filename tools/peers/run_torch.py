# Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times the block in PyTorch, eagerly or compiled."""

import torch
import torch._inductor.config as inductor

import common
from block import Decode, Prefill, inputs_of


def main():
    options = common.runner_options(__doc__, compile={"action": "store_true", "help": "by torch.compile"})
    shape = common.SHAPES[options.shape]
    torch.set_num_threads(options.threads)
    torch.set_grad_enabled(False)
    if options.compile:
        # Weights are constants then, and laid out once as the products want them.
        inductor.freezing = True

    least = {}
    for joined in (True, False):
        kind = Prefill if options.phase[0] == "prefill" else Decode
        block = kind(shape, options.dtype, joined).eval()
        arguments = inputs_of(block, options.phase, options.phase[1] + 1, options.dtype, shape.hidden)
        call = torch.compile(block) if options.compile else block
        least[joined] = common.least_ms(lambda: call(*arguments), options.seconds / 2)
    joined = min(least, key=least.get)
    flags = "torch.compile with freezing" if options.compile else "eager"
    flags += f", {'joined' if joined else 'separate'} projections"
    common.finish(torch.__version__, flags, least[joined])


main()
