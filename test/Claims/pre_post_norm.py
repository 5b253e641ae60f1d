# RUN: %python %s | FileCheck %s
# CHECK: {{^}}statement 9: {{.*}}, 0 failed
"""Statement 9: the residual stream of blocks with norms before their sublayers, and behind their sums."""

import math

from claim import Claim, Array, normal, run

WIDTH, HEADS, HIDDEN, TOKENS = 64, 2, 128, 16
DEPTHS = [4, 8, 16, 32, 64]
PLACES = ["pre", "post"]
PROBED = {16: [0, 2, 4, 8, 12, 15], 64: [0, 8, 16, 32, 48, 60]}
X = "tensor<?x64xf32>"
EPSILON = "{eps = 1.0e-5 : f64}"
MATRICES = {"q": (WIDTH, WIDTH), "k": (WIDTH, WIDTH), "v": (WIDTH, WIDTH), "o": (WIDTH, WIDTH), "up": (HIDDEN, WIDTH)}
MATRICES["down"] = (WIDTH, HIDDEN)


def get_weights(layers):
    """Random weights, whose deviation is one over the root of a row's length."""
    lines = []
    for layer in range(layers):
        for index, (name, (rows, columns)) in enumerate(MATRICES.items()):
            seed, scale = 1 + layer * len(MATRICES) + index, math.sqrt(3.0 / columns)
            lines.append("llama.weight @%s%d : tensor<%dx%dxf32>" % (name, layer, rows, columns))
            lines.append("    = #llama.random<seed = %d, scale = %.9f : f64>" % (seed, scale))
    return lines


class Body:
    """The lines of a function."""

    def __init__(self):
        self.lines, self.place, self.count = [], None, 0

    def add(self, text):
        self.count += 1
        name = "%%t%d" % self.count
        self.lines.append("%s = %s" % (name, text))
        return name

    def get_linear(self, x, matrix, layer):
        rows, columns = MATRICES[matrix]
        kind = "tensor<%dx%dxf32>" % (rows, columns)
        weight = self.add("llama.get_weight @%s%d : %s" % (matrix, layer, kind))
        return self.add(
            "llama.linear %s, %s : tensor<?x%dxf32>, %s -> tensor<?x%dxf32>" % (x, weight, columns, kind, rows)
        )

    def get_norm(self, x):
        return self.add("llama.norm %s over [1] centered %s : %s" % (x, EPSILON, X))

    def get_attention(self, x, layer):
        q, k, v = [self.get_linear(x, name, layer) for name in "qkv"]
        heads = "{heads = %d : i64, kv_heads = %d : i64, causal}" % (HEADS, HEADS)
        mixed = self.add("llama.attention %s, %s, %s %s : %s, %s, %s -> %s" % (q, k, v, heads, X, X, X, X))
        return self.get_linear(mixed, "o", layer)

    def get_ffn(self, x, layer):
        hidden = self.get_linear(x, "up", layer)
        active = self.add("llama.activation gelu %s : tensor<?x%dxf32>" % (hidden, HIDDEN))
        return self.get_linear(active, "down", layer)

    def get_block(self, x, layer):
        for sublayer in (self.get_attention, self.get_ffn):
            if self.place == "pre":
                x = self.add("llama.add %s, %s : %s" % (x, sublayer(self.get_norm(x), layer), X))
            else:
                x = self.get_norm(self.add("llama.add %s, %s : %s" % (x, sublayer(x, layer), X)))
        return x

    def get_output(self, x):
        """With norms before the sublayers, one more follows the last block."""
        return self.get_norm(x) if self.place == "pre" else x


def get_size(array):
    return math.sqrt(sum(number * number for number in array.numbers) / len(array.numbers))


def run_all(x, deltas):
    """For both places of norms: the streams behind each of 64 layers, and for each of PROBED depths the output and what
    it becomes where the stream behind some layer changes: behind layer 0 is the input. The first layers of a stack have
    the weights of one of fewer layers, so that they are computed once."""
    body, results = Body(), []
    for place in PLACES:
        body.place = place
        streams = ["%x"]
        for layer in range(DEPTHS[-1]):
            streams.append(body.get_block(streams[-1], layer))
        results += streams[1:]
        for depth, probes in PROBED.items():
            results.append(body.get_output(streams[depth]))
            for probe in probes:
                y = body.add("llama.add %s, %%d%d : %s" % (streams[probe], probe, X))
                for layer in range(probe, depth):
                    y = body.get_block(y, layer)
                results.append(body.get_output(y))
    arguments = ", ".join(["%%x: %s" % X] + ["%%d%d: %s" % (probe, X) for probe in deltas])
    kinds = ", ".join([X] * len(results))
    lines = get_weights(DEPTHS[-1]) + ["func.func @f(%s) -> (%s) {" % (arguments, kinds)] + body.lines
    lines.append("return %s : %s\n}" % (", ".join(results), kinds))
    return iter(run("\n".join(lines), [x] + list(deltas.values())))


claim = Claim(
    9,
    "Pre-norm against post-norm: size of the residual stream by layer, and how strongly the output answers a small "
    "change at each layer (finite differences), at random initialization for 4 to 64 layers.",
    "Blocks of causal attention and a GELU layer with random weights of deviation one over the root of their inputs, "
    "with LayerNorms as x + f(norm(x)), and one more at the end, or as norm(x + f(x)). A random vector of a hundredth "
    "is added to the stream behind a layer; the answer is the change of the output over the change of the stream.",
)
deltas = {probe: normal([TOKENS, WIDTH], 2 + probe, 0.01) for probe in sorted(set(sum(PROBED.values(), [])))}
results = run_all(normal([TOKENS, WIDTH], 1), deltas)
sizes, answers = {}, {}
for place in PLACES:
    sizes[place] = [get_size(next(results)) for _ in range(DEPTHS[-1])]
    for depth, probes in PROBED.items():
        output = next(results).numbers
        answers[place, depth] = []
        for probe in probes:
            changed = next(results)
            change = Array(changed.shape, [a - b for a, b in zip(changed.numbers, output)])
            answers[place, depth].append(get_size(change) / get_size(deltas[probe]))

claim.table(
    "Root mean square of the stream behind the last layer",
    ["layers"] + PLACES,
    [[depth] + [sizes[place][depth - 1] for place in PLACES] for depth in DEPTHS],
)
claim.plot(
    "Size of the stream by layer",
    "layer",
    "root mean square",
    {place: list(enumerate(sizes[place], 1)) for place in PLACES},
    log="xy",
)
for depth, probes in PROBED.items():
    claim.table(
        "Answer of the output of %d layers to a change of the stream" % depth,
        ["behind layer"] + PLACES,
        [[probe] + [answers[place, depth][i] for place in PLACES] for i, probe in enumerate(probes)],
    )
    claim.plot(
        "Answer of the output of %d layers to a change of the stream" % depth,
        "layer",
        "change of the output over that of the stream",
        {place: list(zip(probes, answers[place, depth])) for place in PLACES},
        log="y",
    )

growth = math.log(sizes["pre"][63] / sizes["pre"][3]) / math.log(16)
claim.check(0.4 < growth < 0.6, "pre: the stream grows from 4 layers to 64 as the layers to a power in 0.4 .. 0.6")
claim.check(all(abs(size - 1) < 1e-3 for size in sizes["post"]), "post: the stream has the size 1 behind each layer")
for depth in PROBED:
    pre, post = answers["pre", depth], answers["post", depth]
    claim.check(all(a > b for a, b in zip(pre, pre[1:])), "pre, %d layers: the answer falls with the layer" % depth)
    claim.check(any(a < b for a, b in zip(post, post[1:])), "post, %d layers: it does not fall all the way" % depth)
    claim.check(0.3 < min(post) and max(post) < 5, "post, %d layers: it lies in 0.3 .. 5 at each layer" % depth)
pre, post = answers["pre", 64], answers["post", 64]
claim.check(pre[-1] < 0.2 * pre[0], "pre, 64 layers: behind the layer 60 it is less than 0.2 of that at the input")
claim.check(
    all(b > 2 * a for a, b in list(zip(pre, post))[1:]),
    "64 layers: from layer 8 on post answers more than twice as strongly as pre",
)
claim.finish(
    "With pre-norm the stream grows about as the root of the number of layers, so that a change of one size matters "
    "less the later it comes. With post-norm the stream has the size 1 everywhere, and the answer goes up and down "
    "between 0.3 and 5, with no steady fall. This is the forward direction at one draw of the weights; it says "
    "nothing of the gradients of weights or of training."
)
