# RUN: %python %s | FileCheck %s
# CHECK: {{^}}statement 10: {{.*}}, 0 failed
"""Statement 10: norms keep features of wild scales out of the flat part of a sigmoid."""

import math
import random

from claim import Claim, Array, run

ROWS, WIDTH = 256, 64
X, V = "tensor<?x64xf32>", "tensor<64xf32>"
SCALES = [1.0, 3.0, 10.0, 30.0, 100.0]
NORMS = {
    "none": None,
    "RMS": "llama.norm %%s over [1] {eps = 1.0e-5 : f64} : %s" % X,
    "Layer": "llama.norm %%s over [1] centered {eps = 1.0e-5 : f64} : %s" % X,
    "Group": "llama.norm %%s over [1] groups 8 centered {eps = 1.0e-5 : f64} : %s" % X,
    "Batch": "llama.norm %%s over [0] centered {eps = 1.0e-5 : f64} : %s" % X,
    "stored": "llama.normalize %%s by %%%%m, %%%%v {eps = 1.0e-5 : f64} : %s, %s, %s" % (X, V, V),
}


def run_norms(features):
    """For each of the features by name: the sigmoids of a projection of what the norm makes of them; then, by name,
    what the norms make of the first features. Stored statistics are those of the first ones. The weights are uniform,
    of deviation 1/8: of a row of numbers of about 1 they make numbers of about 1."""
    lines, results = [], []
    for index in range(len(features)):
        for place, (name, norm) in enumerate(NORMS.items()):
            tag, source = "%d_%d" % (index, place), "%%x%d" % index
            if norm:
                lines.append("%%n%s = %s" % (tag, norm % source))
                source = "%%n%s" % tag
            lines.append("%%l%s = llama.linear %s, %%w : %s, tensor<64x64xf32> -> %s" % (tag, source, X, X))
            lines.append("%%y%s = llama.activation sigmoid %%l%s : %s" % (tag, tag, X))
            results.append("%%y%s" % tag)
    results += ["%%n0_%d" % place for place, norm in enumerate(NORMS.values()) if norm]
    kinds = ", ".join([X] * len(results))
    program = [
        "llama.weight @w : tensor<64x64xf32> = #llama.random<seed = 3, scale = %.9f : f64>" % (math.sqrt(3.0) / 8),
        "func.func @f(%s) -> (%s) {" % (", ".join("%%x%d: %s" % (i, X) for i in range(len(features))), kinds),
        "%w = llama.get_weight @w : tensor<64x64xf32>",
        "%%m, %%v = llama.statistics %%x0 over [0] : %s -> %s, %s" % (X, V, V),
    ]
    program += lines + ["return %s : %s" % (", ".join(results), kinds), "}"]
    outputs, count = run("\n".join(program), features), len(NORMS)
    shown = [dict(zip(NORMS, outputs[i * count : (i + 1) * count])) for i in range(len(features))]
    return shown, dict(zip([name for name in NORMS if NORMS[name]], outputs[len(features) * count :]))


generator = random.Random(1)
noise = [generator.gauss(0.0, 1.0) for _ in range(ROWS * WIDTH)]
spread = {
    "features": [math.exp(generator.gauss(0.0, 1.0)) for _ in range(WIDTH)],
    "rows": [math.exp(generator.gauss(0.0, 1.0)) for _ in range(ROWS)],
}


def get_features(kind, scale):
    """Rows whose features, or which themselves, have log-normal scales around one."""
    factors = spread[kind]
    place = (lambda i: i % WIDTH) if kind == "features" else (lambda i: i // WIDTH)
    return Array([ROWS, WIDTH], [scale * factors[place(i)] * number for i, number in enumerate(noise)])


def get_share(output, rows=range(ROWS)):
    """How many sigmoids of these rows are below 0.01 or above 0.99."""
    values = output.rows()
    return sum(1 for row in rows for y in values[row] if y < 0.01 or y > 0.99) / (len(rows) * WIDTH)


def get_weight(array, columns):
    """The part of these columns in the sum of squares."""
    return sum(row[d] ** 2 for row in array.rows() for d in columns) / sum(number**2 for number in array.numbers)


claim = Claim(
    10,
    "Normalization keeps features of wild scales out of the flat part of a sigmoid: share of saturated units with and "
    "without, by norm.",
    "%d rows of %d features, whose scales are log-normal around 1 to 100, over the features or over the rows, are "
    "normalized, projected by random weights, and put through a sigmoid. Saturated is what lies below 0.01 or above "
    "0.99. `stored` is BatchNorm in inference, with statistics of the same features at scale 1." % (ROWS, WIDTH),
)
largest = sorted(range(ROWS), key=lambda row: -spread["rows"][row])[:16]
widest = sorted(range(WIDTH), key=lambda feature: -spread["features"][feature])[:8]
own = ["RMS", "Layer", "Group", "Batch"]
shares, large, weights = {}, {}, {}
for kind in spread:
    features = [get_features(kind, scale) for scale in SCALES]
    results, normalized = run_norms(features)
    shares[kind] = {name: [get_share(result[name]) for result in results] for name in NORMS}
    large[kind] = {name: get_share(results[-1][name], largest) for name in NORMS}
    normalized["none"] = features[0]
    weights[kind] = {name: get_weight(array, widest) for name, array in normalized.items()}
    claim.table(
        "Share of saturated units, scales that differ over the %s" % kind,
        ["norm"] + ["scale %g" % scale for scale in SCALES],
        [[name] + shares[kind][name] for name in NORMS],
    )
    claim.plot(
        "Saturated units by scale, which differs over the %s" % kind,
        "scale",
        "share of saturated units",
        {name: list(zip(SCALES, shares[kind][name])) for name in NORMS},
        log="x",
    )
    claim.check(
        shares[kind]["none"][3] > 0.5 and shares[kind]["stored"][4] > 0.5,
        "scales over the %s: more than half saturated without a norm at 30, with stored statistics at 100" % kind,
    )
    for name in own:
        claim.check(max(shares[kind][name]) < 0.05, "scales over the %s: %s leaves less than 5 %%" % (kind, name))
claim.table(
    "What a norm leaves of the differences of scales",
    ["norm", "16 largest rows saturated", "squares of 8 widest features"],
    [[name, large["rows"][name], weights["features"][name]] for name in NORMS],
)
claim.check(large["rows"]["Batch"] > 0.05, "scales over the rows: in the 16 largest Batch leaves more than 5 %")
claim.check(
    max(large["rows"][name] for name in ("RMS", "Layer", "Group")) < 0.01,
    "scales over the rows: in the 16 largest RMS, Layer and Group leave less than 1 %",
)
claim.check(
    weights["features"]["Batch"] < 0.15 and min(weights["features"][name] for name in ("RMS", "Layer")) > 0.4,
    "scales over the features: the 8 widest of 64 keep more than 0.4 of the squares with RMS and Layer, less than 0.15 "
    "with Batch",
)
claim.finish(
    "Holds for norms that compute their statistics of the data at hand: what they give is about 1 on average. Batch "
    "does not help against scales of rows: its share is small since few rows are large, but those still saturate. "
    "RMS and Layer, and Group in part, do not even out scales of features: no unit saturates, but the widest "
    "features dominate. Stored statistics do not follow a scale that grows."
)
