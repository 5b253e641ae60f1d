# RUN: %python %s | FileCheck %s
# CHECK: {{^}}statement 1: {{.*}}, 0 failed
"""Statement 1: scores of rotated queries and keys depend on the distance of their positions."""

import cmath
import math

from claim import Claim, Array, integers, normal, run

HEAD_SIZES = [8, 64, 128]
SCALINGS = {
    "plain": "",
    "linear": ", scaling = #llama.linear_scaling<factor = 4.0 : f64>",
    "llama3": ", scaling = #llama.band_scaling<factor = 8.0 : f64, low = 1.0 : f64, high = 4.0 : f64, length = 8192>",
    "yarn": ", scaling = #llama.yarn_scaling<factor = 4.0 : f64, length = 2048, fast = 32.0 : f64, slow = 1.0 : f64, "
    "magnitude = 1.138 : f64>",
    "dynamic": ", scaling = #llama.dynamic_scaling<factor = 2.0 : f64, length = 2048>",
}


def rotate(x, positions, pairing, scaling, size):
    """Rows of one head each, turned."""
    program = """
func.func @f(%%x: tensor<?x%(size)dxf32>, %%p: tensor<?xi32>) -> tensor<?x%(size)dxf32> {
  %%y = llama.rope %%x, %%p by #llama.rotary<%(pairing)s, theta = 1.0e4 : f64%(scaling)s> {heads = 1 : i64}
      : tensor<?x%(size)dxf32>, tensor<?xi32> -> tensor<?x%(size)dxf32>
  return %%y : tensor<?x%(size)dxf32>
}""" % {"size": size, "pairing": pairing, "scaling": SCALINGS[scaling]}
    return run(program, [x, integers(positions)])[0].rows()


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def get_spread(pairing, scaling, size):
    """How much the score of one query and one key changes when both move, relative to their lengths."""
    distance, shifts = 37, [0, 1, 100, 1000, 1900]
    query, key = normal([size], 1).numbers, normal([size], 2).numbers
    x = Array([2 * len(shifts), size], (query + key) * len(shifts))
    positions = [position for shift in shifts for position in (shift + distance, shift)]
    turned = rotate(x, positions, pairing, scaling, size)
    scores = [dot(turned[2 * i], turned[2 * i + 1]) for i in range(len(shifts))]
    return (max(scores) - min(scores)) / math.sqrt(dot(query, query) * dot(key, key))


def get_scores(queries, keys, distances):
    """The mean score of each query with its key, by their distance, divided by the size of a head."""
    size = queries.shape[1]
    repeated = Array([len(distances) * queries.shape[0], size], queries.numbers * len(distances))
    positions = [distance for distance in distances for _ in range(queries.shape[0])]
    turned = rotate(repeated, positions, "half", "plain", size)
    count, rows = queries.shape[0], keys.rows()
    means = []
    for index in range(len(distances)):
        scores = [dot(turned[index * count + i], rows[i]) for i in range(count)]
        means.append(sum(scores) / count / size)
    return means


def get_bound(size, distance):
    """RoFormer's bound of a score, but for a factor that does not depend on the distance: the mean magnitude of the
    sums of the first turns."""
    total, bound = 0, 0
    for pair in range(size // 2):
        total += cmath.exp(1j * distance * 1e4 ** (-2 * pair / size))
        bound += abs(total)
    return bound / (size / 2)


claim = Claim(
    1,
    "RoPE scores depend on the distance of two positions only, for every pairing, scaling and head size; and shrink "
    "with it.",
    "A query and a key are rotated at positions that lie 37 apart, at five places of the sequence, and their scores "
    "compared. Then vectors with a common direction, equal ones and random ones, are rotated at growing distances.",
)
rows = []
for size in HEAD_SIZES:
    for pairing in ("half", "interleaved"):
        spreads = [get_spread(pairing, scaling, size) for scaling in SCALINGS]
        rows.append([size, pairing] + spreads)
        claim.check(max(spreads) < 1e-6, "scores of heads of %d, pairs %s, differ by less than 1e-6" % (size, pairing))
claim.table(
    "Largest difference of scores at one distance, as a part of the vectors' lengths",
    ["head size", "pairs"] + list(SCALINGS),
    rows,
)

distances = sorted({int(2 ** (i / 4)) for i in range(0, 45)})
size, count = 128, 32
random = get_scores(normal([count, size], 3, mean=1.0), normal([count, size], 4, mean=1.0), distances)
equal = get_scores(Array([1, size], [1.0] * size), Array([1, size], [1.0] * size), distances)
bounds = [get_bound(size, distance) for distance in distances]
claim.plot(
    "Scores and RoFormer's bound by the distance, heads of 128",
    "distance",
    "part of that at distance 1",
    {
        "RoFormer's bound": [(x, y / bounds[0]) for x, y in zip(distances, bounds)],
        "all elements 1": [(x, y / equal[0]) for x, y in zip(distances, equal)],
        "32 random pairs, mean 1": [(x, y / random[0]) for x, y in zip(distances, random)],
    },
    log="x",
)


def mean_of(values, least, most):
    chosen = [abs(value) for distance, value in zip(distances, values) if least <= distance <= most]
    return sum(chosen) / len(chosen)


for name, values in (("bound", bounds), ("scores of equal elements", equal), ("mean scores of random pairs", random)):
    claim.check(
        mean_of(values, 512, 2048) < 0.5 * mean_of(values, 1, 8),
        "%s: for distances from 512 on less than half of those up to 8, on average" % name,
    )
rises = sum(b > a for a, b in zip(equal, equal[1:]))
claim.check(rises > 0, "scores do not shrink at each step: they swing")
claim.finish(
    "Holds to rounding. Scores of vectors with a common direction shrink with the distance on average, below "
    "RoFormer's bound, but not from each distance to the next: the sum of the cosines swings. Scores of vectors "
    "without one are zero on average at any distance."
)
