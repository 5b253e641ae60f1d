# Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times the functions of `llamir bench --suite=ops` in llamir and in PyTorch, eager and compiled, in turns.

Prints a table in Markdown, and writes it and results.json into a folder. GB/s count each input and each result once,
for all programs alike.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

# PyTorch asks for the memory of each result. From the system each page of it would be new, which takes longer than all
# else: results are to lie where others lay before.
MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "-1"}
if any(os.environ.get(name) != value for name, value in MEMORY.items()):
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **MEMORY})

import torch
import torch.nn.functional as functional

import common

HERE = pathlib.Path(__file__).resolve().parent
WIDTH, ROWS, HEADS = 4096, 8192, 32
IMAGES = (512, 64, 32, 32)


def rotate_half(x, positions, dims=WIDTH // HEADS):
    heads = x.view(ROWS, HEADS, WIDTH // HEADS)
    turned, rest = heads[..., :dims], heads[..., dims:]
    angles = positions[:, None] * (1e4 ** (-torch.arange(0, dims, 2) / dims))
    cosine, sine = torch.cos(angles)[:, None], torch.sin(angles)[:, None]
    first, second = turned[..., : dims // 2], turned[..., dims // 2 :]
    return torch.cat((first * cosine - second * sine, second * cosine + first * sine, rest), -1).view(ROWS, WIDTH)


def rotate_interleaved(x, positions):
    dims = WIDTH // HEADS
    pairs = x.view(ROWS, HEADS, dims // 2, 2)
    angles = positions[:, None] * (1e4 ** (-torch.arange(0, dims, 2) / dims))
    cosine, sine = torch.cos(angles)[:, None], torch.sin(angles)[:, None]
    first, second = pairs[..., 0], pairs[..., 1]
    return torch.stack((first * cosine - second * sine, second * cosine + first * sine), -1).view(ROWS, WIDTH)


def switchable(x, mean_logits, variance_logits, gain, bias):
    own_mean, own_variance = x.mean((2, 3), keepdim=True), x.var((2, 3), unbiased=False, keepdim=True)
    square = own_variance + own_mean**2
    layer_mean, batch_mean = own_mean.mean(1, keepdim=True), own_mean.mean(0, keepdim=True)
    layer_variance = square.mean(1, keepdim=True) - layer_mean**2
    batch_variance = square.mean(0, keepdim=True) - batch_mean**2
    a, b = mean_logits.softmax(0), variance_logits.softmax(0)
    mean = a[0] * own_mean + a[1] * layer_mean + a[2] * batch_mean
    variance = b[0] * own_variance + b[1] * layer_variance + b[2] * batch_variance
    return (x - mean) / (variance + 1e-5).sqrt() * gain[:, None, None] + bias[:, None, None]


def functions():
    """What each function computes, with its inputs."""
    x, other = torch.randn(ROWS, WIDTH), torch.randn(ROWS, WIDTH)
    gain, bias = torch.randn(WIDTH), torch.randn(WIDTH)
    positions = torch.arange(ROWS, dtype=torch.float32)
    image, channel, shift, mean = torch.randn(IMAGES), torch.randn(64), torch.randn(64), torch.randn(64)
    variance, logits = torch.rand(64) + 0.5, torch.randn(3)

    def add_rms_norm(x, r, g):
        total = x + r
        return total, functional.rms_norm(total, (WIDTH,), g, 1e-5)

    return {
        "rms_norm": (lambda x, g: functional.rms_norm(x, (WIDTH,), g, 1e-5), (x, gain)),
        "add_rms_norm": (add_rms_norm, (x, other, gain)),
        "layer_norm": (lambda x, g, b: functional.layer_norm(x, (WIDTH,), g, b), (x, gain, bias)),
        "group_norm": (lambda x, g, b: functional.group_norm(x, 8, g, b), (image, channel, shift)),
        "instance_norm": (lambda x, g, b: functional.instance_norm(x, weight=g, bias=b), (image, channel, shift)),
        "batch_norm_training": (
            lambda x, g, b: functional.batch_norm(x, None, None, g, b, training=True),
            (image, channel, shift),
        ),
        "batch_norm_inference": (
            lambda x, m, v, g, b: functional.batch_norm(x, m, v, g, b),
            (image, mean, variance, channel, shift),
        ),
        "batch_norm_features": (
            lambda x, g, b: functional.batch_norm(x, None, None, g, b, training=True),
            (x, gain, bias),
        ),
        "switchable_norm": (switchable, (image, logits, logits, channel, shift)),
        "rope_half": (rotate_half, (x, positions)),
        "rope_interleaved": (rotate_interleaved, (x, positions)),
        "rope_partial": (lambda x, p: rotate_half(x, p, 32), (x, positions)),
        "add": (torch.add, (x, other)),
        "silu_mul": (lambda x, u: functional.silu(x) * u, (x, other)),
        "gelu": (functional.gelu, (x,)),
        "gelu_tanh": (lambda x: functional.gelu(x, approximate="tanh"), (x,)),
    }


def measure_llamir(path, rounds):
    subprocess.run(
        ["llamir", "bench", "--suite=ops", f"--rounds={rounds}", f"--json={path}"], check=True, stdout=subprocess.PIPE
    )
    return json.loads(pathlib.Path(path).read_text(encoding="utf-8"))


def main():
    parser = argparse.ArgumentParser(prog="tools/dev bench --peers --suite=ops", description=__doc__)
    parser.add_argument("--seconds", default=1.0, type=common.positive(float), help="how long to repeat each")
    parser.add_argument("--rounds", default=7, type=common.positive(int), help="runs of each function of llamir")
    parser.add_argument("--output-dir", default=HERE.parents[1] / ".cache/peers/ops", type=pathlib.Path)
    options = parser.parse_args()
    torch.set_grad_enabled(False)
    torch.manual_seed(0)
    peers = functions()
    times = {}
    with tempfile.TemporaryDirectory() as folder:
        first = measure_llamir(folder + "/first.json", options.rounds)
        for name, (function, arguments) in peers.items():
            print(name, file=sys.stderr, flush=True)
            compiled = torch.compile(function)
            times[name] = [
                common.least_ms(lambda call=call, given=arguments: call(*given), options.seconds)
                for call in (function, compiled)
            ]
        second = measure_llamir(folder + "/second.json", options.rounds)
    copy = max(record["limit_gbps"] for report in (first, second) for record in report["results"])
    rows, results = [], []
    for one, other in zip(first["results"], second["results"]):
        name, gigabytes = one["function"], one["bytes"] / 1e9
        own = min(one["min_ms"], other["min_ms"])
        record = {"function": name, "bytes": one["bytes"], "llamir_ms": own}
        cells = [gigabytes / own * 1e3]
        if name in times:
            record["eager_ms"], record["compiled_ms"] = times[name]
            cells += [gigabytes / ms * 1e3 for ms in times[name]]
        results.append(record)
        shown = [f"{rate:.1f}" for rate in cells] + ["-"] * (3 - len(cells))
        part = f"{100 * cells[0] / copy:.0f} %"
        rows.append(f"| {name} | {one['bytes'] / 1e6:.0f} | {shown[0]} | {part} | {shown[1]} | {shown[2]} |")
    table = [
        f"{first['machine']}, f32, GB/s; copying memory {copy:.1f} GB/s; PyTorch {torch.__version__}",
        "",
        "| function | MB | llamir | of copying | PyTorch | torch.compile |",
        "|---|---|---|---|---|---|",
        *rows,
    ]
    print("\n".join(table))
    options.output_dir.mkdir(parents=True, exist_ok=True)
    (options.output_dir / "table.md").write_text("\n".join(table) + "\n", encoding="utf-8")
    report = json.dumps({"copy": copy, "results": results}, indent=1)
    (options.output_dir / "results.json").write_text(report, encoding="utf-8")


main()
