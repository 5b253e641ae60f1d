# RUN: %python %s | FileCheck %s
# CHECK: {{^}}statement 6: {{.*}}, 0 failed
"""Statement 6: BatchNorm depends on the other samples of a batch, the norms of single samples do not."""

import math
import random

from claim import Claim, Array, run

CHANNELS, SIDE = 8, 4
SIZE = SIDE * SIDE
X = "tensor<?x8x4x4xf32>"
C = "tensor<8xf32>"
BATCHES = 8
UPDATES = 40
MEANS = [-3.0, -1.0, 0.0, 0.5, 1.0, 2.0, 5.0, 10.0]
DEVIATIONS = [0.25, 0.5, 1.0, 1.0, 2.0, 3.0, 0.1, 4.0]


def get_samples(count, seed):
    """Samples, each channel from its normal distribution."""
    generator = random.Random(seed)
    numbers = []
    for _ in range(count):
        for mean, deviation in zip(MEANS, DEVIATIONS):
            numbers += [generator.gauss(mean, deviation) for _ in range(SIZE)]
    return Array([count, CHANNELS, SIDE, SIDE], numbers)


def get_statistics(batches):
    """Mean and variance of each channel, for each of the batches."""
    count = len(batches)
    arguments = ", ".join("%%x%d: %s" % (i, X) for i in range(count))
    lines = ["func.func @f(%s) -> (%s) {" % (arguments, ", ".join([C] * (2 * count)))]
    for i in range(count):
        lines.append("%%m%d, %%v%d = llama.statistics %%x%d over [0, 2, 3] : %s -> %s, %s" % (i, i, i, X, C, C))
    names = ", ".join("%%m%d, %%v%d" % (i, i) for i in range(count))
    lines.append("return %s : %s\n}" % (names, ", ".join([C] * (2 * count))))
    results = run("\n".join(lines), batches)
    return [(results[2 * i], results[2 * i + 1]) for i in range(count)]


def get_running(batches):
    """Running statistics, from mean 0 and variance 1 on, after each of the batches."""
    count = len(batches)
    arguments = ", ".join("%%x%d: %s" % (i, X) for i in range(count))
    lines = ["func.func @f(%%r0: %s, %%s0: %s, %s) -> (%s) {" % (C, C, arguments, ", ".join([C] * (2 * count)))]
    for i in range(count):
        lines.append("%%m%d, %%v%d, %%r%d, %%s%d = llama.statistics %%x%d over [0, 2, 3]" % (i, i, i + 1, i + 1, i))
        lines.append("    updating %%r%d, %%s%d {momentum = 0.2 : f64} : %s, %s, %s" % (i, i, X, C, C))
        lines.append("    -> %s, %s, %s, %s" % (C, C, C, C))
    names = ", ".join("%%r%d, %%s%d" % (i, i) for i in range(1, count + 1))
    lines.append("return %s : %s\n}" % (names, ", ".join([C] * (2 * count))))
    start = [Array([CHANNELS], [0.0] * CHANNELS), Array([CHANNELS], [1.0] * CHANNELS)]
    results = run("\n".join(lines), start + batches)
    return [(results[2 * i], results[2 * i + 1]) for i in range(count)]


def get_error(statistics):
    """Root mean square errors: of means, as parts of the deviation, and of variances, as parts of the variance."""
    means = [(m - mean) / d for s in statistics for m, mean, d in zip(s[0].numbers, MEANS, DEVIATIONS)]
    variances = [v / (d * d) - 1.0 for s in statistics for v, d in zip(s[1].numbers, DEVIATIONS)]
    return [math.sqrt(sum(e * e for e in errors) / len(errors)) for errors in (means, variances)]


NORMS = {
    "batch": "llama.norm %%x over [0, 2, 3] centered {eps = 1.0e-5 : f64} : %s" % X,
    "layer": "llama.norm %%x over [1, 2, 3] centered {eps = 1.0e-5 : f64} : %s" % X,
    "group": "llama.norm %%x over [1, 2, 3] groups 2 centered {eps = 1.0e-5 : f64} : %s" % X,
    "instance": "llama.norm %%x over [2, 3] centered {eps = 1.0e-5 : f64} : %s" % X,
    "running": "llama.normalize %%x by %%r, %%s {eps = 1.0e-5 : f64} : %s, %s, %s" % (X, C, C),
}


def get_first(x, running):
    """What each norm makes of the first sample."""
    lines = ["func.func @f(%%x: %s, %%r: %s, %%s: %s) -> (%s) {" % (X, C, C, ", ".join([X] * len(NORMS)))]
    lines += ["%%y%d = %s" % (index, norm) for index, norm in enumerate(NORMS.values())]
    names = ", ".join("%%y%d" % index for index in range(len(NORMS)))
    lines.append("return %s : %s\n}" % (names, ", ".join([X] * len(NORMS))))
    results = run("\n".join(lines), [x, running[0], running[1]])
    return {name: list(result.numbers[: CHANNELS * SIZE]) for name, result in zip(NORMS, results)}


claim = Claim(
    6,
    "BatchNorm's statistics depend on the batch and get worse as it shrinks; Layer, Instance and Group do not change "
    "with the batch.",
    "Samples of 8 channels of 4x4 elements, each channel from a normal distribution of its own. The statistics of "
    "%d batches of each size are compared with the true ones; then one sample is normalized in four batches." % BATCHES,
)
sizes = [1, 2, 4, 8, 16, 32, 64]
batches = {size: [get_samples(size, 100 * size + i) for i in range(BATCHES)] for size in sizes}
errors = {size: get_error(get_statistics(batches[size])) for size in sizes}
claim.table(
    "Errors of the statistics of a batch, as parts of the deviation and of the variance",
    ["samples", "mean", "variance"],
    [[size] + errors[size] for size in sizes],
)
claim.plot(
    "Errors of the statistics by the size of the batch",
    "samples",
    "error",
    {name: [(size, errors[size][i]) for size in sizes] for i, name in enumerate(["mean", "variance"])},
    log="xy",
)
for i, name in enumerate(["means", "variances"]):
    claim.check(errors[2][i] > 3 * errors[64][i], "errors of %s shrink by more than 3 from 2 samples to 64" % name)

small = [get_samples(2, 10000 + i) for i in range(UPDATES)]
running = get_running(small)
after = [1, 5, 10, 20, UPDATES]
claim.table(
    "Errors of running statistics, momentum 0.2, by the number of batches of 2 samples",
    ["batches", "mean", "variance"],
    [[count] + get_error([running[count - 1]]) for count in after],
)
late = get_error(running[-4:])
claim.check(
    late[0] < errors[2][0] and late[1] < errors[2][1],
    "running statistics after %d batches of 2 samples are nearer to the true ones than those of such a batch" % UPDATES,
)

first, together = get_samples(1, 7), [1, 2, 8, 32]
outputs = {}
for size in together:
    others = get_samples(size - 1, 20000 + size)
    outputs[size] = get_first(Array([size, CHANNELS, SIDE, SIDE], first.numbers + others.numbers), running[-1])
rows = []
for name in NORMS:
    changes = [max(abs(a - b) for a, b in zip(outputs[size][name], outputs[1][name])) for size in together]
    rows.append([name] + changes)
    if name == "batch":
        claim.check(min(changes[1:]) > 0.1, "BatchNorm's output of a sample changes by more than 0.1 with the batch")
    else:
        title = "BatchNorm's with running statistics" if name == "running" else "that of the %s norm" % name
        claim.check(max(changes) == 0.0, "%s is the same bit for bit" % title)
claim.table(
    "Largest change of the output of one sample, from a batch of itself to batches with others",
    ["norm"] + ["%d samples" % size for size in together],
    rows,
)
claim.finish(
    "Holds for BatchNorm in training: errors fall as one over the root of the batch. In inference it has running "
    "statistics, and then no sample depends on others either."
)
