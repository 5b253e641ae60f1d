# RUN: %python %s | FileCheck %s
# CHECK: {{^}}statement 5: {{.*}}, 0 failed
"""Statement 5: rotations of two dimensions, of any even number, and by positions of several axes."""

import math
import subprocess

from claim import Claim, Array, normal, run

HEAD_SIZES = [2, 4, 6, 10, 64, 100]
PAIRINGS = ("half", "interleaved")
POSITIONS = [0, 1, 2, 10, 100, 1000, 30000]
DISTANCE = 37
THETA = 1.0e4
# Pairs of each axis, and whether each axis has a rotation of its own.
AXES = {
    "axial 2-D": ([16, 16], True),
    "axial 3-D": ([8, 12, 12], True),
    "sections 2-D": ([16, 16], False),
    "sections 3-D": ([16, 24, 24], False),
}


def get_program(size, rotaries):
    """One head of each row turned by each rotation: (its attribute, its number of axes)."""
    axes = sorted({count for _, count in rotaries})
    kinds = {count: "tensor<?%sxi32>" % ("x%d" % count if count > 1 else "") for count in axes}
    x = "tensor<?x%dxf32>" % size
    text = "func.func @f(%%x: %s, %s) -> (%s) {\n" % (
        x,
        ", ".join("%%p%d: %s" % (count, kinds[count]) for count in axes),
        ", ".join([x] * len(rotaries)),
    )
    for index, (rotary, count) in enumerate(rotaries):
        text += "  %%y%d = llama.rope %%x, %%p%d by #llama.rotary<%s> {heads = 1 : i64} : %s, %s -> %s\n" % (
            index, count, rotary, x, kinds[count], x)
    results = ", ".join("%%y%d" % index for index in range(len(rotaries)))
    return text + "  return %s : %s\n}\n" % (results, ", ".join([x] * len(rotaries)))


def get_rotary(pairing, theta=THETA, sections=None, axial=False):
    text = "%s, theta = %r : f64" % (pairing, theta)
    text += ", sections = %s" % sections if sections else ""
    return text + (", axial = true" if axial else "")


def make_positions(points):
    """Positions with as many axes as a point has numbers."""
    shape = [len(points), len(points[0])] if len(points[0]) > 1 else [len(points)]
    return Array(shape, [number for point in points for number in point], integers=True)


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def length(vector):
    return math.sqrt(dot(vector, vector))


def unit(size, seed):
    """A vector of length 1, rounded to f32 by whoever takes it."""
    numbers = normal([size], seed).numbers
    return [number / length(numbers) for number in numbers]


def turn(x, position, size, pairing):
    """The rotation as it is defined: each pair in its plane, by its own angle."""
    pairs, turned = size // 2, [0.0] * size
    for i in range(pairs):
        u, v = (i, i + pairs) if pairing == "half" else (2 * i, 2 * i + 1)
        angle = position * THETA ** (-i / pairs)
        turned[u] = x[u] * math.cos(angle) - x[v] * math.sin(angle)
        turned[v] = x[v] * math.cos(angle) + x[u] * math.sin(angle)
    return turned


def largest_difference(a, b):
    return max(abs(x - y) for x, y in zip(a, b))


def test_heads(size):
    """For each pairing: the largest difference from the definition, of lengths, and of scores from that of a query at
    position 0."""
    query, key = unit(size, 1), unit(size, 2)
    points = [(number,) for position in POSITIONS for number in (position, position + DISTANCE)]
    x = Array([len(points), size], (query + key) * len(POSITIONS))
    results = run(get_program(size, [(get_rotary(pairing), 1) for pairing in PAIRINGS]), [x, make_positions(points)])
    found = {}
    for pairing, result in zip(PAIRINGS, results):
        turned = result.rows()
        expected = [turn((query, key)[i % 2], point[0], size, pairing) for i, point in enumerate(points)]
        scores = [dot(turned[2 * i], turned[2 * i + 1]) for i in range(len(POSITIONS))]
        found[pairing] = (
            max(largest_difference(a, b) for a, b in zip(turned, expected)),
            max(abs(length(row) - 1) for row in turned),
            max(abs(score - scores[0]) for score in scores),
        )
    return found


def test_axes(sections, axial):
    """For each pairing: by how much a score changes when query and key move together, along one axis or all, and how
    little when only the query moves, by 100, along the axis that changes it least."""
    axes, size = len(sections), 2 * sum(sections)
    query, key = unit(size, 3), unit(size, 4)
    distance = [5, 9, 3][:axes]
    moves = [[0] * axes]
    for step in (1, 40, 1000):
        moves += [[step if axis == moved else 0 for axis in range(axes)] for moved in range(axes)]
        moves.append([step + axis for axis in range(axes)])
    points = []
    for move in moves:
        points += [tuple(d + m for d, m in zip(distance, move)), tuple(move)]
    # The query alone.
    for moved in range(axes):
        points += [tuple(d + 100 * (axis == moved) for axis, d in enumerate(distance)), (0,) * axes]
    x = Array([len(points), size], (query + key) * (len(points) // 2))
    rotaries = [(get_rotary(pairing, THETA, sections, axial), axes) for pairing in PAIRINGS]
    found = {}
    for pairing, result in zip(PAIRINGS, run(get_program(size, rotaries), [x, make_positions(points)])):
        turned = result.rows()
        scores = [dot(turned[i], turned[i + 1]) for i in range(0, len(turned), 2)]
        together, alone = scores[: len(moves)], scores[len(moves) :]
        found[pairing] = (
            max(abs(score - scores[0]) for score in together),
            min(abs(score - scores[0]) for score in alone),
        )
    return found


def test_equal_positions(sections):
    """Whether a rotation with sections, at equal positions along all axes, is one with a single axis, bit for bit."""
    axes, size = len(sections), 2 * sum(sections)
    x = normal([len(POSITIONS), size], 5)
    rotaries = []
    for pairing in PAIRINGS:
        rotaries += [(get_rotary(pairing, THETA, sections), axes), (get_rotary(pairing), 1)]
    several = make_positions([(position,) * axes for position in POSITIONS])
    single = make_positions([(position,) for position in POSITIONS])
    a, b, c, d = run(get_program(size, rotaries), [x, single, several])
    return a.numbers == b.numbers and c.numbers == d.numbers


def is_refused(size):
    """Whether heads of so many elements are refused, for the reason that they are odd."""
    program = get_program(size, [(get_rotary("half"), 1)])
    ran = subprocess.run(["llamir", "run", "-"], input=program, capture_output=True, text=True)
    return ran.returncode == 1 and "must be even" in ran.stderr


claim = Claim(
    5,
    "RoPE generalizes from two dimensions to any even number, and to positions with several axes.",
    "Vectors of length 1 are rotated and compared with sines and cosines in double precision. Queries and keys are "
    "then moved together, along each axis of their positions and along all, and their scores compared.",
)
rows = []
for size in HEAD_SIZES:
    for pairing, (difference, stretch, spread) in test_heads(size).items():
        rows.append([size, pairing, difference, stretch, spread])
        what = "heads of %d, pairs %s, " % (size, pairing)
        how = "the plane turned by the position" if size == 2 else "each pair turned by its own angle"
        claim.check(difference < 1e-6, "%sare %s, to 1e-6" % (what, how))
        claim.check(stretch < 1e-6, "%skeep their length, to 1e-6" % what)
        claim.check(spread < 1e-6, "%s: scores at p and p + 37 are those at 0 and 37, to 1e-6" % what.rstrip(", "))
claim.table(
    "Largest differences: from the definition, of lengths, of scores",
    ["head size", "pairs", "definition", "length", "score"],
    rows,
)

rows = []
for name, (sections, axial) in AXES.items():
    for pairing, (together, alone) in test_axes(sections, axial).items():
        rows.append([name, pairing, together, alone])
        what = "%s, pairs %s: " % (name, pairing)
        claim.check(together < 1e-6, what + "scores change by less than 1e-6 when query and key move together")
        claim.check(alone > 1e-4, what + "scores change by more than 1e-4 when the query moves by 100 along any axis")
    if not axial:
        claim.check(test_equal_positions(sections), "%s: equal positions give exactly what one axis gives" % name)
claim.table("How scores change when both move, and when the query does", ["positions", "pairs", "both", "query"], rows)
claim.check(is_refused(5) and is_refused(63), "heads of 5 and 63 are refused, because they are odd")

steps = range(33)
lines = {"(i, 0)": [(i, 0) for i in steps], "(0, i)": [(0, i) for i in steps], "(i, i)": [(i, i) for i in steps]}
points = [point for line in lines.values() for point in line]
# An isotropic query, so that the score at distance 0 is 1 and each axis has half of it.
query = [1 / 8.0] * 64
x = Array([len(points), 64], query * len(points))
program = get_program(64, [(get_rotary("half", 100.0, [16, 16], True), 2)])
scores = [dot(query, row) for row in run(program, [x, make_positions(points)])[0].rows()]
curves = [scores[start : start + len(steps)] for start in range(0, len(scores), len(steps))]
claim.plot(
    "Score of a query at (0, 0) with keys of equal elements, axial, heads of 64, theta 100",
    "i",
    "score, 1 at (0, 0)",
    {name: list(zip(steps, curve)) for name, curve in zip(lines, curves)},
)
claim.check(
    max(abs(a + b - 1 - c) for a, b, c in zip(*curves)) < 1e-6,
    "axial scores add up: that at (i, i) is the sum of those at (i, 0) and (0, i), less that at (0, 0), to 1e-6",
)
claim.finish(
    "Holds to rounding, for every even head size tried and both pairings. With several axes scores depend on the "
    "distance along each axis, not on one distance in the plane: axial scores are a sum of one part for each axis."
)
