# RUN: %python %s | FileCheck %s
# CHECK: {{^}}statement 8: {{.*}}, 0 failed
"""Statement 8: a gated feed-forward layer of two thirds of the width costs what one without a gate does.

Operations and bytes are counted by the cost interface, as `llamir bundle` writes them down: each kernel reads what it
needs once and writes its results once.
"""

import re

from claim import Claim, bench, call, count_costs

WIDTHS = [192, 256, 384, 768]
LAYERS = ("relu", "swiglu")
UNFUSED = "--no-fuse=gated-ffn,epilogue,join,prologue"
TOKENS = [1, 128]


def get_inner_width(layer, width):
    return 4 * width if layer == "relu" else round(8 * width / 3)


def get_program(layer, width):
    """A feed-forward layer, without biases; names end with the layer and its width."""
    suffix, inner = "_%s_%d" % (layer, width), get_inner_width(layer, width)
    shapes = {"up": (inner, width), "down": (width, inner)}
    if layer == "swiglu":
        shapes["gate"] = (inner, width)
    text = ""
    for seed, (name, shape) in enumerate(shapes.items()):
        text += "llama.weight @%s%s : tensor<%dx%dxf32> = #llama.random<seed = %d, scale = 0.07 : f64>\n" % (
            (name, suffix) + shape + (seed,))
    outer_type, inner_type = "tensor<?x%dxf32>" % width, "tensor<?x%dxf32>" % inner
    text += "func.func @f%s(%%x: %s {llama.dims = [\"tokens\"]}) -> %s {\n" % (suffix, outer_type, outer_type)

    def project(result, x, name, x_type, result_type):
        weight_type = "tensor<%dx%dxf32>" % shapes[name]
        return "  %%w%s = llama.get_weight @%s%s : %s\n  %%%s = llama.linear %%%s, %%w%s : %s, %s -> %s\n" % (
            name, name, suffix, weight_type, result, x, name, x_type, weight_type, result_type)

    if layer == "relu":
        text += project("u", "x", "up", outer_type, inner_type)
        text += "  %%m = llama.activation relu %%u : %s\n" % inner_type
    else:
        text += project("g", "x", "gate", outer_type, inner_type)
        text += "  %%s = llama.activation silu %%g : %s\n" % inner_type
        text += project("u", "x", "up", outer_type, inner_type)
        text += "  %%m = llama.mul %%s, %%u : %s\n" % inner_type
    return text + project("d", "m", "down", inner_type, outer_type) + "  return %%d : %s\n}\n" % outer_type


def count_parameters(program):
    return sum(int(m) * int(n) for m, n in re.findall(r"llama\.weight @\w+ : tensor<(\d+)x(\d+)xf32>", program))


def count_launches(program, options=()):
    """The kernels that the host function runs."""
    ir = call(["compile", "-", "--until-after=kernels"] + list(options), program)
    return len(re.findall(r"= llama\.launch @", ir))


def measure(program, tokens, options=()):
    """The least time of two measurements, in ms."""
    return min(bench(program, tokens, options)["min_ms"] for _ in range(2))


claim = Claim(
    8,
    "SwiGLU at two thirds of 4d has the parameters and operations of a ReLU layer at 4d, and once fused its gate costs "
    "no kernel of its own.",
    "Layers of both kinds are compiled for several d, with the inner width of SwiGLU 8d/3, rounded. Parameters are "
    "counted from the shapes of the weights, operations and bytes by the cost interface, kernels in the compiled "
    "function, with fusions and without.",
)
programs = {(layer, width): get_program(layer, width) for width in WIDTHS for layer in LAYERS}
sizes = [{"tokens": tokens} for tokens in TOKENS]
costs = {True: count_costs("".join(programs.values()), sizes)}
costs[False] = count_costs("".join(programs[layer, WIDTHS[-1]] for layer in LAYERS), sizes, [UNFUSED])

rows = []
for width in WIDTHS:
    relu, swiglu = (count_parameters(programs[layer, width]) for layer in LAYERS)
    relu_ops, swiglu_ops = (costs[True]["f_%s_%d" % (layer, width)][-1][0] for layer in LAYERS)
    rows.append([width, relu, swiglu, relu_ops / 1e6, swiglu_ops / 1e6, swiglu_ops / relu_ops])
    claim.check(abs(swiglu / relu - 1) < 0.005, "parameters agree within 0.5 %% for d = %d" % width)
    claim.check(abs(swiglu_ops / relu_ops - 1) < 0.01, "operations agree within 1 %% for d = %d" % width)
claim.table(
    "Parameters, and millions of operations for %d tokens" % TOKENS[-1],
    ["d", "ReLU params", "SwiGLU params", "ReLU ops", "SwiGLU ops", "ratio"],
    rows,
)

rows = []
for width in WIDTHS:
    launches = [count_launches(programs[layer, width], options) for options in ((), (UNFUSED,)) for layer in LAYERS]
    rows.append([width] + launches)
    claim.check(launches[:2] == [2, 2], "both layers are two kernels with fusions for d = %d" % width)
    claim.check(
        2 < launches[2] < launches[3],
        "without fusions both are more kernels, and SwiGLU more than ReLU, for d = %d" % width,
    )
claim.table("Kernels", ["d", "ReLU", "SwiGLU", "ReLU unfused", "SwiGLU unf."], rows)

rows = []
for index, tokens in enumerate(TOKENS):
    moved = [costs[fused]["f_%s_%d" % (layer, WIDTHS[-1])][index][1] for fused in (True, False) for layer in LAYERS]
    rows.append([tokens] + [value / 1e6 for value in moved])
    claim.check(moved[1] < moved[0], "fused SwiGLU moves fewer bytes than fused ReLU, %d tokens" % tokens)
    claim.check(moved[3] > moved[2], "unfused SwiGLU moves more bytes than unfused ReLU, %d tokens" % tokens)
    claim.check(
        moved[3] - moved[1] > moved[2] - moved[0], "SwiGLU gains more bytes by fusion than ReLU, %d tokens" % tokens
    )
claim.table(
    "Millions of bytes that kernels read and write, d = %d" % WIDTHS[-1],
    ["tokens", "ReLU", "SwiGLU", "ReLU unfused", "SwiGLU unf."],
    rows,
)
claim.plot(
    "Operations of SwiGLU by those of ReLU",
    "d",
    "ratio",
    {
        "%d tokens" % tokens: [
            (width, costs[True]["f_swiglu_%d" % width][index][0] / costs[True]["f_relu_%d" % width][index][0])
            for width in WIDTHS
        ]
        for index, tokens in enumerate(TOKENS)
    },
    log="x",
)
if claim.timed:
    rows, lines = [], {}
    for width in (192, 384, 768):
        for tokens in TOKENS:
            times = [
                measure(programs[layer, width], tokens, options) for options in ((), (UNFUSED,)) for layer in LAYERS
            ]
            rows.append([width, tokens] + times)
            for name, ratio in (("fused", times[1] / times[0]), ("unfused", times[3] / times[2])):
                lines.setdefault("%d tokens, %s" % (tokens, name), []).append((width, ratio))
    claim.table("Least times in ms", ["d", "tokens", "ReLU", "SwiGLU", "ReLU unfused", "SwiGLU unf."], rows)
    claim.plot("Time of SwiGLU by that of ReLU", "d", "ratio", lines, log="x")
claim.finish(
    "Holds. Parameters are equal where 8d/3 is whole. SwiGLU takes a little more than the operations of ReLU, for its "
    "activation and the product, and the less the wider d is. Fused, both layers are two kernels and SwiGLU moves "
    "fewer bytes, since what goes from one kernel to the other is two thirds as wide; unfused it moves more."
)
