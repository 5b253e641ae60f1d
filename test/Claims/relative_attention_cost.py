# RUN: %python %s | FileCheck %s
# CHECK: {{^}}statement 4: {{.*}}, 0 failed
"""Statement 4: what RoPE and relative attention cost.

Operations and bytes are counted by the cost interface: each kernel reads what it needs once and writes its results
once. `llamir bundle` writes these numbers down for sizes of any name, without a measurement.
"""

from claim import Claim, bench, count_costs

# Between them, `llamir bundle` would also compute what long attentions give, which takes it seconds.
LENGTHS = [128, 512, 4096]
HEADS, HEAD_SIZE = 4, 64
WIDTH = HEADS * HEAD_SIZE
WEIGHTS = {"wq": 2, "wk": 2, "wv": 2, "wr": 2, "u": 1, "w": 1}


def rows(count, element="f32"):
    return "tensor<%s%s>" % (count, "x%dxf32" % WIDTH if element == "f32" else "xi32")


def weight_type(name):
    return "tensor<%sf32>" % ("%dx" % WIDTH * WEIGHTS[name])


def get_weights(names):
    """Their definitions."""
    text = "llama.weight @%s : %s = #llama.random<seed = %d, scale = 0.1 : f64>\n"
    return "".join(text % (name, weight_type(name), seed) for seed, name in enumerate(names))


def project(result, x, weight, count):
    return "  %%%s = llama.linear %%%s, %%%s : %s, %s -> %s\n" % (
        result, x, weight, rows(count), weight_type(weight), rows(count))


def get_function(name, scheme, causal, projected, tokens="?", distances="?"):
    """A function of attention with positions of a scheme, "rope" or "relative". Queries, keys and values are projected
    from one input, as in a layer, or given."""
    distances_name = "distances" if causal else "signed_distances"
    values = ["x"] if projected else ["q", "k", "v"]
    count, count_name = (tokens, "tokens") if scheme == "rope" else (distances, distances_name)

    def name_size(size, size_name):
        return " {llama.dims = [\"%s\"]}" % size_name if size == "?" else ""

    arguments = ["%%%s: %s%s" % (value, rows(tokens), name_size(tokens, "tokens")) for value in values]
    arguments += ["%%p: %s%s" % (rows(count, "i32"), name_size(count, count_name))]
    names = (["wq", "wk", "wv"] if projected else []) + (["wr", "u", "w"] if scheme == "relative" else [])
    text = "func.func @%s(%s) -> %s {\n" % (name, ", ".join(arguments), rows(tokens))
    text += "".join("  %%%s = llama.get_weight @%s : %s\n" % (weight, weight, weight_type(weight)) for weight in names)
    if projected:
        text += "".join(project(value, "x", "w" + value, tokens) for value in "qkv")
    mask = ", causal" if causal else ""
    attributes = "{heads = %d : i64, kv_heads = %d : i64%s}" % (HEADS, HEADS, mask)
    types = ", ".join([rows(tokens)] * 3)
    rotary = "#llama.rotary<half, theta = 1.0e4 : f64>"
    if scheme == "rope":
        for value in "qk":
            text += "  %%%sr = llama.rope %%%s, %%p by %s {heads = %d : i64} : %s, %s -> %s\n" % (
                value, value, rotary, HEADS, rows(tokens), rows(tokens, "i32"), rows(tokens))
        text += "  %%a = llama.attention %%qr, %%kr, %%v %s : %s -> %s\n" % (attributes, types, rows(tokens))
    else:
        text += "  %%e = llama.sinusoid by %s of %%p : %s -> %s\n" % (rotary, rows(distances, "i32"), rows(distances))
        text += project("r", "e", "wr", distances)
        text += "  %%a = llama.attention %%q, %%k, %%v relative %%r by %%u, %%w %s : %s, %s, %s, %s -> %s\n" % (
            attributes, types, rows(distances), weight_type("u"), weight_type("w"), rows(tokens))
    return text + "  return %%a : %s\n}\n" % rows(tokens)


claim = Claim(
    4,
    "RoPE costs less compute and memory than the relative attention of Transformer-XL and XLNet.",
    "Operations and bytes of attention with %d heads of %d are counted with each scheme, for as many keys as queries. "
    "RoPE rotates queries and keys. Relative attention projects a sinusoid of the distances, 0 to n - 1 in the causal "
    "Transformer-XL, 1 - n to n - 1 in XLNet, and adds their products with the queries to the scores. Queries, keys "
    "and values come from projections, with which rotations are fused, or are given, so that rotations are kernels of "
    "their own." % (HEADS, HEAD_SIZE),
)
MODELS = {"Transformer-XL": True, "XLNet": False}
program = get_weights(WEIGHTS)
for causal in MODELS.values():
    for projected in (True, False):
        for scheme in ("rope", "relative"):
            program += get_function("%s_%d%d" % (scheme, causal, projected), scheme, causal, projected)
sizes = [{"tokens": n, "distances": n, "signed_distances": 2 * n - 1} for n in LENGTHS]
costs = count_costs(program, sizes)

ratios = {}
for projected, what in ((True, "with projections of queries, keys and values"), (False, "without projections")):
    table = []
    for model, causal in MODELS.items():
        for index, tokens in enumerate(LENGTHS):
            rope, relative = (costs["%s_%d%d" % (scheme, causal, projected)][index] for scheme in ("rope", "relative"))
            table.append([model, tokens] + [value / 1e6 for value in (rope[0], relative[0], rope[1], relative[1])])
            ratios[model, projected, tokens] = (relative[0] / rope[0], relative[1] / rope[1])
            name = "%s at %d tokens, %s" % (model, tokens, what)
            claim.check(rope[0] < relative[0], "RoPE takes fewer operations than " + name)
            claim.check(rope[1] < relative[1], "RoPE reads and writes fewer bytes than " + name)
    claim.table(
        "Millions of operations and of bytes, " + what,
        ["instead of", "tokens", "RoPE ops", "relative ops", "RoPE bytes", "rel. bytes"],
        table,
    )
claim.table(
    "Relative attention by RoPE, given queries and keys: operations, bytes",
    ["model", "tokens", "operations", "bytes"],
    [[model, n] + list(ratios[model, False, n]) for model in MODELS for n in LENGTHS],
)
# How the surplus grows: with the square of the length, where the scores make it.
for model, causal in MODELS.items():
    rope, relative = costs["rope_%d0" % causal], costs["relative_%d0" % causal]
    extra = relative[-1][0] - rope[-1][0]
    pairs = LENGTHS[-1] * (LENGTHS[-1] + 1) / 2 if causal else LENGTHS[-1] ** 2
    claim.check(
        extra > 2 * WIDTH * pairs,
        "%s takes more than one product and one sum more for each element of a head and pair of tokens" % model,
    )
claim.plot(
    "Bytes of relative attention by those of RoPE",
    "tokens",
    "ratio",
    {
        "%s%s" % (model, ", fused with projections" if projected else ""): [
            (n, ratios[model, projected, n][1]) for n in LENGTHS
        ]
        for model in MODELS
        for projected in (True, False)
    },
    log="x",
)
if claim.timed:
    table, lines = [], {}
    for model, causal in MODELS.items():
        for tokens in LENGTHS:
            distances = tokens if causal else 2 * tokens - 1
            programs = {}
            for scheme, names in (("rope", list(WEIGHTS)[:3]), ("relative", list(WEIGHTS))):
                function = get_function("f", scheme, causal, True, tokens, distances)
                programs[scheme] = get_weights(names) + function
            times = {scheme: [] for scheme in programs}
            for _ in range(2):
                for scheme, text in programs.items():
                    times[scheme].append(bench(text, tokens)["min_ms"])
            least = {scheme: min(found) for scheme, found in times.items()}
            table.append([model, tokens, least["rope"], least["relative"], least["relative"] / least["rope"]])
            lines.setdefault(model, []).append((tokens, table[-1][-1]))
    claim.table("Least times in ms, with projections", ["instead of", "tokens", "RoPE", "relative", "ratio"], table)
    claim.plot("Time of relative attention by that of RoPE, with projections", "tokens", "ratio", lines, log="x")
last = LENGTHS[-1]
# Bytes of the causal schemes are linear in the length, and their lines cross.
surplus = [relative[1] - rope[1] for rope, relative in zip(costs["rope_10"], costs["relative_10"])]
crossing = last + surplus[-1] * (last - LENGTHS[0]) / (surplus[0] - surplus[-1])
claim.finish(
    "Holds at these lengths. At %d tokens, given queries and keys, relative attention takes %.2f (Transformer-XL) and "
    "%.2f (XLNet) times the operations. Bytes are %.2f and %.2f times as many where rotations are fused with "
    "projections. Where they are "
    "kernels of their own, the causal scheme moves only %.3f times as many: rotating queries and keys moves about "
    "as much as making the encodings, and the difference is mainly the weight of their projection; beyond %.0f tokens "
    "RoPE would move more. The encodings depend on no input, and could be computed once for many sequences; the second "
    "product of each score remains."
    % (
        last,
        ratios["Transformer-XL", False, last][0],
        ratios["XLNet", False, last][0],
        ratios["Transformer-XL", True, last][1],
        ratios["XLNet", True, last][1],
        ratios["Transformer-XL", False, last][1],
        crossing,
    )
)
