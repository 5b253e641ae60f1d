# Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times the block in OpenVINO, converted from PyTorch; or compares the two."""

import sys

import openvino
import torch

import common
from block import Decode, DecodeJoined, Prefill, inputs_of


def compile_block(block, arguments, dtype, threads):
    """The block for arguments of just these sizes."""
    model = openvino.convert_model(block, example_input=arguments)
    model.reshape({port: list(value.shape) for port, value in zip(model.inputs, arguments)})
    core = openvino.Core()
    capabilities = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    if {"f32": "FP32", "bf16": "BF16", "f16": "FP16"}[dtype] not in capabilities:
        raise SystemExit(f"this processor computes in {', '.join(capabilities)} with OpenVINO, not in {dtype}")
    settings = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": dtype,
        "KV_CACHE_PRECISION": dtype,
        "INFERENCE_NUM_THREADS": threads,
    }
    request = core.compile_model(model, "CPU", settings).create_infer_request()
    for index, value in enumerate(arguments):
        request.set_input_tensor(index, openvino.Tensor(value.numpy().copy()))

    def run():
        request.start_async()
        request.wait()

    return request, run


def check():
    """Exits with a message if the two differ, or a decode step differs from the last row of a prefill."""
    for shape in (common.SHAPES["wordnet-3m"], common.SHAPES["wordnet-3m"]._replace(kv_heads=6)):
        for joined in (True, False):
            prefill, decode, decode_joined = (
                kind(shape, "f32", joined).eval() for kind in (Prefill, Decode, DecodeJoined)
            )
            tokens = 9
            x, cos, sin = inputs_of(prefill, ("prefill", tokens), 0, "f32", shape.hidden)
            expected, keys, values = prefill(x, cos, sin)
            last = (x[-1:], cos[-1:], sin[-1:])
            step = decode(*last, keys.clone(), values.clone())
            arguments = {
                "prefill": (prefill, (x, cos, sin), expected),
                "decode": (decode_joined, (*last, keys[:, :, :-1].contiguous(), values[:, :, :-1].contiguous()), step),
            }
            compare("PyTorch's decode and prefill", step, expected[-1:])
            for name, (block, inputs, result) in arguments.items():
                request, run = compile_block(block, inputs, "f32", 1)
                run()
                compare(f"OpenVINO's and PyTorch's {name}", torch.tensor(request.get_output_tensor(0).data), result)


def compare(what, left, right):
    difference = float((left - right).abs().max())
    # `not <=` refuses a NaN, too.
    if not difference <= 2e-5:
        sys.exit(f"{what} differ by {difference:.2g}")


def main():
    check_option = {"action": "store_true", "help": "compare with PyTorch on small blocks, and time nothing"}
    options = common.runner_options(__doc__, check=check_option)
    torch.set_grad_enabled(False)
    if options.check:
        check()
        return

    shape = common.SHAPES[options.shape]
    kind = Prefill if options.phase[0] == "prefill" else DecodeJoined
    # OpenVINO rounds the weights itself and joins projections where it likes.
    block = kind(shape, "f32", False).eval()
    arguments = inputs_of(block, options.phase, options.phase[1], "f32", shape.hidden)
    _, run = compile_block(block, arguments, options.dtype, options.threads)
    ms = common.least_ms(run, options.seconds)
    flags = f"INFERENCE_PRECISION_HINT={options.dtype}, PERFORMANCE_HINT=LATENCY, KV_CACHE_PRECISION={options.dtype}"
    common.finish(openvino.__version__, flags, ms)


main()
