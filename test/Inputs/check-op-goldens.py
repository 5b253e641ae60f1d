"""Runs ops and compares them with numbers that PyTorch computed in double precision:

check-op-goldens.py FOLDER TARGET [NAME...]

FOLDER/NAME has in-*.npy and out-*.npy. A result may be off by 1e-5 of the largest magnitude in it. Prints what failed,
and how many ran.
"""

import math
import os
import subprocess
import sys
import tempfile

import npy


def norm(over, along="", gain="12xf32", x="?x12x5x7xf32", bias=True, eps=""):
    arguments = [("x", x), ("weight", gain)] + ([("bias", gain)] if bias else [])
    types = ", ".join("tensor<%s>" % kind for _, kind in arguments)
    biased = " bias %bias" if bias else ""
    text = "%%y = llama.norm %%x over %s gain %%weight%s %s {eps = 1.0e-5 : f64} : %s" % (over, biased, along, types)
    return arguments, text, [("y", x)]


RUNNING = [("running_mean", "12xf32"), ("running_var", "12xf32")]
AFFINE = [("weight", "12xf32"), ("bias", "12xf32")]
LOGITS = [("mean_logits", "3xf32"), ("var_logits", "3xf32")]


def normalize(mean, variance, statistics="12xf32"):
    text = "%%y = llama.normalize %%x by %%%s, %%%s gain %%weight bias %%bias {eps = 1.0e-5 : f64} " % (mean, variance)
    return text + ": tensor<?x12x5x7xf32>, tensor<%s>, tensor<%s>, tensor<12xf32>, tensor<12xf32>" % (statistics, statistics)


def switchable_norm(running):
    text = "%m, %v = llama.statistics %x over [2, 3] : tensor<?x12x5x7xf32> -> tensor<?x12xf32>, tensor<?x12xf32>\n"
    text += "%n, %w = llama.mix_statistics %m, %v by %mean_logits, %var_logits"
    text += " running %running_mean, %running_var" if running else ""
    text += " : tensor<?x12xf32>, tensor<3xf32>, tensor<3xf32>"
    text += ", tensor<12xf32>, tensor<12xf32>\n" if running else "\n"
    arguments = [("x", "?x12x5x7xf32")] + AFFINE + LOGITS + (RUNNING if running else [])
    return arguments, text + normalize("n", "w", "?x12xf32"), [("y", "?x12x5x7xf32")]


def rope(rotary, positions="?xi32"):
    text = "%%y = llama.rope %%q, %%positions by #llama.rotary<%s> {heads = 4 : i64} " % rotary
    text += ": tensor<?x64xf32>, tensor<%s> -> tensor<?x64xf32>" % positions
    return [("q", "?x64xf32"), ("positions", positions)], text, [("y", "?x64xf32")]


def attention(attributes, key="?x64xf32"):
    text = "%%y = llama.attention %%q, %%k, %%v {heads = 4 : i64, %s} " % attributes
    text += ": tensor<?x64xf32>, tensor<%s>, tensor<%s> -> tensor<?x64xf32>" % (key, key)
    return [("q", "?x64xf32"), ("k", key), ("v", key)], text, [("y", "?x64xf32")]


def linear(result, x, weight, columns, rows):
    return "%%%s = llama.linear %%%s, %%%s : tensor<?x%dxf32>, tensor<%dx%dxf32> -> tensor<?x%dxf32>\n" % (
        result, x, weight, columns, rows, columns, rows)


def ffn(kind):
    text = linear("g", "x", "gate", 96, 256) + linear("u", "x", "up", 96, 256)
    if kind:
        text += "%%a = llama.activation %s %%g : tensor<?x256xf32>\n" % kind
    text += "%%p = llama.mul %%%s, %%u : tensor<?x256xf32>\n" % ("a" if kind else "g") + linear("y", "p", "down", 256, 96)
    arguments = [("x", "?x96xf32"), ("gate", "256x96xf32"), ("up", "256x96xf32"), ("down", "96x256xf32")]
    return arguments, text, [("y", "?x96xf32")]


def palm():
    rotary = "by #llama.rotary<half, theta = 1.0e4 : f64>"
    text = "%n = llama.norm %x over [1] centered gain %ln_weight {eps = 1.0e-5 : f64} : tensor<?x96xf32>, tensor<96xf32>\n"
    text += linear("q0", "n", "wq", 96, 96) + linear("k0", "n", "wk", 96, 24) + linear("v", "n", "wv", 96, 24)
    for name, heads, width in (("q", 4, 96), ("k", 1, 24)):
        text += "%%%s = llama.rope %%%s0, %%positions %s {heads = %d : i64} : tensor<?x%dxf32>, tensor<?xi32> -> tensor<?x%dxf32>\n" % (
            name, name, rotary, heads, width, width)
    text += "%a = llama.attention %q, %k, %v {heads = 4 : i64, kv_heads = 1 : i64, causal} "
    text += ": tensor<?x96xf32>, tensor<?x24xf32>, tensor<?x24xf32> -> tensor<?x96xf32>\n"
    text += linear("o", "a", "wo", 96, 96) + linear("g", "n", "gate", 96, 384) + linear("u", "n", "up", 96, 384)
    text += "%s = llama.activation silu %g : tensor<?x384xf32>\n%p = llama.mul %s, %u : tensor<?x384xf32>\n"
    text += linear("d", "p", "down", 384, 96)
    text += "%h = llama.add %x, %o : tensor<?x96xf32>\n%y = llama.add %h, %d : tensor<?x96xf32>"
    arguments = [("x", "?x96xf32"), ("positions", "?xi32"), ("ln_weight", "96xf32"), ("wq", "96x96xf32"), ("wk", "24x96xf32")]
    arguments += [("wv", "24x96xf32"), ("wo", "96x96xf32"), ("gate", "384x96xf32"), ("up", "384x96xf32"), ("down", "96x384xf32")]
    return arguments, text, [("y", "?x96xf32")]


def activations():
    kinds = {"relu": "relu", "silu": "silu", "gelu_erf": "gelu", "gelu_tanh": "gelu_tanh", "gelu_quick": "gelu_quick"}
    kinds.update({"sigmoid": "sigmoid", "tanh": "tanh"})
    text = "".join("%%%s = llama.activation %s %%x : tensor<?x96xf32>\n" % pair for pair in kinds.items())
    return [("x", "?x96xf32")], text, [(name, "?x96xf32") for name in kinds]


def linear_attention():
    text = ""
    for name in "qk":
        text += "%%f%s = llama.activation elu_plus_one %%%s : tensor<?x64xf32>\n" % (name, name)
        text += "%%r%s = llama.rope %%f%s, %%positions by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} " % (name, name)
        text += ": tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>\n"
    text += "%y = llama.linear_attention %fq, %fk, %v rotated %rq, %rk {heads = 4 : i64} : "
    text += ", ".join(["tensor<?x64xf32>"] * 5) + " -> tensor<?x64xf32>"
    arguments = [(name, "?x64xf32") for name in "qkv"] + [("positions", "?xi32")]
    return arguments, text, [("y", "?x64xf32")]


def transformer_xl():
    rows = "tensor<12x64xf32>"
    text = "%d = llama.sinusoid by #llama.rotary<half, theta = 1.0e4 : f64> of %distances : tensor<12xi32> -> " + rows + "\n"
    text += "%%r = llama.linear %%d, %%r_proj : %s, tensor<64x64xf32> -> %s\n" % (rows, rows)
    text += "%y = llama.attention %q, %k, %v relative %r by %u, %v_bias {heads = 4 : i64, kv_heads = 4 : i64, causal} : "
    text += ", ".join(["tensor<?x64xf32>"] + [rows] * 3 + ["tensor<64xf32>"] * 2) + " -> tensor<?x64xf32>"
    arguments = [("q", "?x64xf32"), ("k", "12x64xf32"), ("v", "12x64xf32"), ("u", "64xf32"), ("v_bias", "64xf32")]
    return arguments + [("r_proj", "64x64xf32"), ("distances", "12xi32")], text, [("y", "?x64xf32")]


OPS = {
    "activations": activations(),
    "add_rms_norm": (
        [("x", "?x96xf32"), ("residual", "?x96xf32"), ("weight", "96xf32")],
        "%sum = llama.add %x, %residual : tensor<?x96xf32>\n"
        "%y = llama.norm %sum over [1] gain %weight {eps = 1.0e-5 : f64} : tensor<?x96xf32>, tensor<96xf32>",
        [("sum", "?x96xf32"), ("y", "?x96xf32")],
    ),
    "attention_causal": attention("kv_heads = 4 : i64, causal"),
    "attention_full": attention("kv_heads = 4 : i64"),
    "attention_gqa": attention("kv_heads = 2 : i64, causal", "?x32xf32"),
    "attention_window4": attention("kv_heads = 4 : i64, causal, window = 4 : i64"),
    "batch_norm_inference": (
        [("x", "?x12x5x7xf32")] + AFFINE + RUNNING, normalize("running_mean", "running_var"), [("y", "?x12x5x7xf32")]),
    "batch_norm_training": norm("[0, 2, 3] centered", "along [1]"),
    "ffn_bilinear": ffn(""),
    "ffn_geglu": ffn("gelu"),
    "ffn_glu": ffn("sigmoid"),
    "ffn_reglu": ffn("relu"),
    "ffn_swiglu": ffn("silu"),
    "group_norm_1": norm("[1, 2, 3] groups 1 centered", "along [1]"),
    "group_norm_12": norm("[1, 2, 3] groups 12 centered", "along [1]"),
    "group_norm_3": norm("[1, 2, 3] groups 3 centered", "along [1]"),
    "instance_norm": norm("[2, 3] centered", "along [1]"),
    "layer_norm": norm("[1] centered", "", "96xf32", "?x96xf32"),
    "layer_norm_chw": norm("[1, 2, 3] centered", "", "12x5x7xf32"),
    "linear_attention_rope": linear_attention(),
    "palm_block": palm(),
    "rms_norm": norm("[1]", "", "96xf32", "?x96xf32", bias=False),
    "rope_2d_axial": rope("half, theta = 1.0e4 : f64, sections = [4, 4], axial = true", "?x2xi32"),
    "rope_half": rope("half, theta = 1.0e4 : f64"),
    "rope_interleaved": rope("interleaved, theta = 1.0e4 : f64"),
    "rope_partial": rope("half, theta = 1.0e4 : f64, dims = 8"),
    "rope_theta500k": rope("half, theta = 5.0e5 : f64"),
    "sinusoidal_position": (
        [("positions", "?xi32")],
        "%y = llama.sinusoid by #llama.rotary<interleaved, theta = 1.0e4 : f64> of %positions : tensor<?xi32> -> tensor<?x96xf32>",
        [("y", "?x96xf32")],
    ),
    "switchable_norm_inference": switchable_norm(running=True),
    "switchable_norm_training": switchable_norm(running=False),
    "transformer_xl_attention": transformer_xl(),
}


def check(folder, name, target, scratch):
    arguments, text, results = OPS[name]
    path = os.path.join(scratch, name)
    os.mkdir(path)
    inputs = []
    for argument, kind in arguments:
        file = os.path.join(path, argument + ".npy")
        source = os.path.join(folder, name, "in-%s.npy" % argument)
        # PaLM's positions are 0, 1, 2, …, and so are Transformer-XL's distances.
        count = 12 if argument == "distances" else 7
        shape, numbers = npy.read(source)[:2] if os.path.exists(source) else ([count], range(count))
        # Heads lie side by side in a row.
        sizes = kind.split("x")[:-1]
        if len(shape) > len(sizes):
            shape = [len(numbers)] if len(sizes) == 1 else [shape[0], len(numbers) // shape[0]]
        # Positions along each axis, one axis after the other.
        if kind == "?x2xi32":
            shape = [shape[1], 2]
            numbers = [numbers[axis * shape[0] + token] for token in range(shape[0]) for axis in range(2)]
        npy.write(file, shape, numbers, "<i4" if kind.endswith("i32") else "<f4")
        inputs.append("--input=" + file)
    signature = ", ".join("%%%s: tensor<%s>" % pair for pair in arguments)
    types = ", ".join("tensor<%s>" % kind for _, kind in results)
    returned = ", ".join("%" + result for result, _ in results)
    program = "func.func @f(%s) -> (%s) {\n%s\nreturn %s : %s\n}\n" % (signature, types, text, returned, types)
    command = ["llamir", "run", "-", "--target=" + target, "--output-dir=" + path] + inputs
    ran = subprocess.run(command, input=program, capture_output=True, text=True)
    if ran.returncode != 0:
        return ran.stdout + ran.stderr
    for index, (result, _) in enumerate(results):
        got = npy.read(os.path.join(path, "result%d.npy" % index))[1]
        expected = npy.read(os.path.join(folder, name, "out-%s.npy" % result))[1]
        largest = max(map(abs, expected))
        worst = max(abs(a - b) for a, b in zip(got, expected))
        if len(got) != len(expected) or not math.isfinite(sum(got)) or worst > 1e-5 * largest:
            return "%s differs by %.2e, its largest number is %.2e" % (result, worst, largest)
    return ""


folder, target = sys.argv[1:3]
names = sys.argv[3:] or sorted(OPS)
failed = 0
with tempfile.TemporaryDirectory() as scratch:
    for name in names:
        problem = check(folder, name, target, scratch)
        if problem:
            print(name, problem)
            failed += 1
print("%d ops, %d failed" % (len(names), failed))
sys.exit(failed != 0)
