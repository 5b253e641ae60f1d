# RUN: %python %s | FileCheck %s
# CHECK: {{^}}statement 7: {{.*}}, 0 failed
"""Statement 7: GroupNorm and SwitchableNorm become other norms at the ends of their parameters."""

from claim import Claim, Array, normal, run

SAMPLES, CHANNELS, HEIGHT, WIDTH = 3, 12, 5, 7
X = "tensor<?x12x5x7xf32>"
NORMS = {
    "layer": "llama.norm %x over [1, 2, 3] centered gain %g bias %b along [1]",
    "instance": "llama.norm %x over [2, 3] centered gain %g bias %b along [1]",
    "batch": "llama.norm %x over [0, 2, 3] centered gain %g bias %b along [1]",
    "1 group": "llama.norm %x over [1, 2, 3] groups 1 centered gain %g bias %b along [1]",
    "4 groups": "llama.norm %x over [1, 2, 3] groups 4 centered gain %g bias %b along [1]",
    "12 groups": "llama.norm %x over [1, 2, 3] groups 12 centered gain %g bias %b along [1]",
}
WEIGHTS = {"own": [40.0, 0.0, 0.0], "layer": [0.0, 40.0, 0.0], "batch": [0.0, 0.0, 40.0], "even": [0.0, 0.0, 0.0]}


def get_norms(x, gain, bias):
    """What the norms make of x, by name."""
    kinds = ", ".join([X] * len(NORMS))
    lines = ["func.func @f(%%x: %s, %%g: tensor<12xf32>, %%b: tensor<12xf32>) -> (%s) {" % (X, kinds)]
    for index, norm in enumerate(NORMS.values()):
        lines.append("%%y%d = %s {eps = 1.0e-5 : f64} : %s, tensor<12xf32>, tensor<12xf32>" % (index, norm, X))
    names = ", ".join("%%y%d" % index for index in range(len(NORMS)))
    lines.append("return %s : %s\n}" % (names, kinds))
    return dict(zip(NORMS, run("\n".join(lines), [x, gain, bias])))


def get_switchable(x, gain, bias, logits):
    """SwitchableNorm, whose weights are the softmax of the logits: own channel, layer, batch."""
    program = """
func.func @f(%%x: %(x)s, %%g: tensor<12xf32>, %%b: tensor<12xf32>, %%l: tensor<3xf32>) -> %(x)s {
  %%m, %%v = llama.statistics %%x over [2, 3] : %(x)s -> tensor<?x12xf32>, tensor<?x12xf32>
  %%n, %%w = llama.mix_statistics %%m, %%v by %%l, %%l : tensor<?x12xf32>, tensor<3xf32>, tensor<3xf32>
  %%y = llama.normalize %%x by %%n, %%w gain %%g bias %%b {eps = 1.0e-5 : f64}
      : %(x)s, tensor<?x12xf32>, tensor<?x12xf32>, tensor<12xf32>, tensor<12xf32>
  return %%y : %(x)s
}""" % {"x": X}
    return run(program, [x, gain, bias, Array([3], logits)])[0]


def get_difference(a, b):
    """The largest difference, as a part of the largest magnitude."""
    return max(abs(u - v) for u, v in zip(a.numbers, b.numbers)) / max(map(abs, b.numbers))


claim = Claim(
    7,
    "GroupNorm with one group is LayerNorm over CxHxW, with C groups InstanceNorm; SwitchableNorm with one-hot weights "
    "is each of its three.",
    "Three random samples of 12 channels, whose means and scales differ, are normalized in each of the ways, with one "
    "random gain and bias for each channel. One-hot weights are the softmax of 40 and two zeros.",
)
# Samples and channels have means and scales of their own, so that the norms differ.
means, scales = normal([SAMPLES * CHANNELS], 1, deviation=2.0).numbers, normal([SAMPLES * CHANNELS], 2).numbers
noise, size = normal([SAMPLES, CHANNELS, HEIGHT, WIDTH], 3), HEIGHT * WIDTH
numbers = [means[i // size] + (0.5 + abs(scales[i // size])) * number for i, number in enumerate(noise.numbers)]
x = Array(noise.shape, numbers)
gain, bias = normal([CHANNELS], 4, deviation=0.2, mean=1.0), normal([CHANNELS], 5, deviation=0.2)

norms = get_norms(x, gain, bias)
switchable = {name: get_switchable(x, gain, bias, logits) for name, logits in WEIGHTS.items()}
pairs = [
    ("GroupNorm, 1 group", norms["1 group"], "layer"),
    ("GroupNorm, 12 groups", norms["12 groups"], "instance"),
    ("SwitchableNorm, own", switchable["own"], "instance"),
    ("SwitchableNorm, layer", switchable["layer"], "layer"),
    ("SwitchableNorm, batch", switchable["batch"], "batch"),
    ("GroupNorm, 4 groups", norms["4 groups"], None),
    ("SwitchableNorm, even", switchable["even"], None),
]
three = ["instance", "layer", "batch"]
rows = []
for name, result, same in pairs:
    differences = {other: get_difference(result, norms[other]) for other in three}
    rows.append([name] + [differences[other] for other in three])
    for other in three:
        if other == same and name.startswith("Group"):
            claim.check(differences[other] == 0.0, "%s is the %s norm, bit for bit" % (name, other))
        elif other == same:
            claim.check(differences[other] < 1e-5, "%s is the %s norm, to less than 1e-5" % (name, other))
    others = [differences[other] for other in three if other != same]
    claim.check(min(others) > 0.01, "%s is not %s" % (name, "another of the three" if same else "one of the three"))
claim.table(
    "Largest difference to a norm, as a part of its largest magnitude",
    ["norm"] + three,
    rows,
)
claim.finish(
    "Holds, exactly for GroupNorm and to rounding for SwitchableNorm, for the statistics and with a gain and a bias "
    "for each channel. LayerNorm with a gain for each element of a sample, which is its usual form, has more "
    "parameters than GroupNorm, and is not a case of it. The layer's statistics that SwitchableNorm mixes are merged "
    "from those of the channels, and are the same but for rounding."
)
