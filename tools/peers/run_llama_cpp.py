# Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times the block in llama.cpp by its llama-bench, as a model of one layer.

Beside the block that model looks up embeddings, and has a last norm and a head of 32 tokens, both of less than a
thousandth of the block's operations. With --embeddings=1 every token goes through the whole layer: without, llama.cpp
computes the last layer's feed-forward network only for the last token.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

import numpy

import common

ROOT = pathlib.Path(__file__).resolve().parents[2] / ".cache/peers"
sys.path.insert(0, str(ROOT / "llama.cpp/gguf-py"))
import gguf  # noqa: E402

VOCABULARY = 32
# One sample of decode generates so many tokens, each of which looks back on one key more than the one before it.
GENERATED = 8


def write_model(path, shape, dtype):
    """A GGUF file with random weights."""
    kind = getattr(gguf.GGMLQuantizationType, dtype.upper())
    writer = gguf.GGUFWriter(None, "llama")
    writer.add_vocab_size(VOCABULARY)
    writer.add_tokenizer_model("none")
    writer.add_context_length(65536 + GENERATED)
    writer.add_block_count(1)
    writer.add_embedding_length(shape.hidden)
    writer.add_feed_forward_length(shape.intermediate)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(shape.hidden // shape.heads)
    writer.add_rope_freq_base(shape.theta)

    random = numpy.random.default_rng(1)

    def add(name, rows, columns):
        values = (random.random((rows, columns), dtype=numpy.float32) * 2 - 1) * numpy.float32((3 / columns) ** 0.5)
        writer.add_tensor(name + ".weight", gguf.quants.quantize(values, kind), raw_dtype=kind)

    def add_gain(name):
        writer.add_tensor(name + ".weight", numpy.ones(shape.hidden, numpy.float32))

    kv = shape.kv_heads * (shape.hidden // shape.heads)
    add("token_embd", VOCABULARY, shape.hidden)
    add_gain("output_norm")
    add("output", VOCABULARY, shape.hidden)
    add_gain("blk.0.attn_norm")
    add("blk.0.attn_q", shape.hidden, shape.hidden)
    add("blk.0.attn_k", kv, shape.hidden)
    add("blk.0.attn_v", kv, shape.hidden)
    add("blk.0.attn_output", shape.hidden, shape.hidden)
    add_gain("blk.0.ffn_norm")
    add("blk.0.ffn_gate", shape.intermediate, shape.hidden)
    add("blk.0.ffn_up", shape.intermediate, shape.hidden)
    add("blk.0.ffn_down", shape.hidden, shape.intermediate)

    # Under another name first: a file that is there is whole.
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        writer.write_header_to_file(part)
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def main():
    options = common.runner_options(__doc__.splitlines()[0])
    model = ROOT / f"models/{options.shape}-{options.dtype}.gguf"
    if not model.exists():
        write_model(model, common.SHAPES[options.shape], options.dtype)

    kind, size = options.phase
    # Keys and values stay of f16, the default: other types were slower, and it has none of f32.
    flags = ["--embeddings", "1"]
    sizes = ["-p", size, "-n", 0] if kind == "prefill" else ["-p", 0, "-n", GENERATED, "-d", size]
    if size > 512:
        # All tokens in one piece, as in the other programs.
        sizes += ["-b", size, "-ub", size]

    def bench(repetitions):
        command = [ROOT / "build/bin/llama-bench", "-m", model, "-t", options.threads, "-r", repetitions, "-o", "json"]
        run = subprocess.run([str(word) for word in command + sizes + flags], stdout=subprocess.PIPE, check=False)
        if run.returncode:
            sys.exit("llama-bench failed")
        return min(json.loads(run.stdout)[0]["samples_ns"])

    # One sample tells how many fill the time.
    repetitions = min(200, max(3, int(options.seconds * 1e9 / bench(1))))
    ms = bench(repetitions) / 1e6 / (1 if kind == "prefill" else GENERATED)
    told = subprocess.run([ROOT / "build/bin/llama-bench", "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"version: (\S+)|$", told.stdout + told.stderr)[1] or "of unknown version"
    package, built = (ROOT / "built").read_text(encoding="utf-8").splitlines()
    flags = f"llama-bench {' '.join(flags)}, built with {built}"
    common.finish(f"{version} in {package.replace('==', ' ')}", flags, ms)


main()
