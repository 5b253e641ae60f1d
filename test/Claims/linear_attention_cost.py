# RUN: %python %s | FileCheck %s
# CHECK: {{^}}statement 3: {{.*}}, 0 failed
"""Statement 3: RoPE works with linear attention, whose cost for each token does not grow with the context."""

import re

from claim import Array, Claim, bench, integers, normal, run

TOKENS, STEPS, SHIFTS = 20, [1, 4, 10], [1, 100, 5000]
LINEAR_TOKENS = [512 * 2**i for i in range(7)]
SLOWEST_MS = 3000.0
FEATURES = """
  %q = llama.activation elu_plus_one %a : tensor<?xWxf32>
  %k = llama.activation elu_plus_one %b : tensor<?xWxf32>
  %r = llama.rope %q, %p by #rotary {heads = 4 : i64} : tensor<?xWxf32>, tensor<?xi32> -> tensor<?xWxf32, #rotary>
  %s = llama.rope %k, %p by #rotary {heads = 4 : i64} : tensor<?xWxf32>, tensor<?xi32> -> tensor<?xWxf32, #rotary>"""
HEAD = """#rotary = #llama.rotary<half, theta = 1.0e4 : f64>
func.func @f(%a: tensor<?xWxf32>, %b: tensor<?xWxf32>, %v: tensor<?xWxf32>, %p: tensor<?xi32>"""
PROGRAMS = {
    "parallel": HEAD + ") -> tensor<?xWxf32> {" + FEATURES + """
  %y = llama.linear_attention %q, %k, %v rotated %r, %s {heads = 4 : i64}
      : tensor<?xWxf32>, tensor<?xWxf32>, tensor<?xWxf32>, tensor<?xWxf32, #rotary>, tensor<?xWxf32, #rotary>
      -> tensor<?xWxf32>
  return %y : tensor<?xWxf32>
}""",
    "plain": HEAD + ") -> tensor<?xWxf32> {" + FEATURES + """
  %y = llama.linear_attention %q, %k, %v {heads = 4 : i64}
      : tensor<?xWxf32>, tensor<?xWxf32>, tensor<?xWxf32> -> tensor<?xWxf32>
  return %y : tensor<?xWxf32>
}""",
    "softmax": HEAD + ") -> tensor<?xWxf32> {" + """
  %r = llama.rope %a, %p by #rotary {heads = 4 : i64} : tensor<?xWxf32>, tensor<?xi32> -> tensor<?xWxf32, #rotary>
  %s = llama.rope %b, %p by #rotary {heads = 4 : i64} : tensor<?xWxf32>, tensor<?xi32> -> tensor<?xWxf32, #rotary>
  %y = llama.attention %r, %s, %v {heads = 4 : i64, kv_heads = 4 : i64, causal}
      : tensor<?xWxf32, #rotary>, tensor<?xWxf32, #rotary>, tensor<?xWxf32> -> tensor<?xWxf32>
  return %y : tensor<?xWxf32>
}""",
}


STATE = """
  %%state%(next)d = llama.linear_state %%k%(i)d, %%v%(i)d rotated %%s%(i)d from %%state%(i)d {heads = 4 : i64}
      : tensor<?xWxf32>, tensor<?xWxf32>, tensor<?xWxf32, #rotary> from tensor<WxSxf32> -> tensor<WxSxf32>"""
FROM_STATE = """
  %%y%(i)d = llama.apply_state %%q%(i)d, %%state%(next)d rotated %%r%(i)d {heads = 4 : i64}
      : tensor<?xWxf32>, tensor<WxSxf32>, tensor<?xWxf32, #rotary> -> tensor<?xWxf32>"""
FROM_CHUNK = """
  %%y%(i)d = llama.linear_attention %%q%(i)d, %%k%(i)d, %%v%(i)d rotated %%r%(i)d, %%s%(i)d from %%state%(i)d
      {heads = 4 : i64}
      : tensor<?xWxf32>, tensor<?xWxf32>, tensor<?xWxf32>, tensor<?xWxf32, #rotary>, tensor<?xWxf32, #rotary>
      from tensor<WxSxf32> -> tensor<?xWxf32>"""


def set_sizes(program, head_size):
    """With 4 heads."""
    return program.replace("W", str(4 * head_size)).replace("xSx", "x%dx" % (head_size + 1))


def get_program(form, head_size):
    return set_sizes(PROGRAMS[form], head_size)


WIDTH = 4 * 16
INPUTS = [normal([TOKENS, WIDTH], seed) for seed in (1, 2, 3)]


def compute_parallel(form="parallel", shift=0):
    positions = integers(range(shift, shift + TOKENS))
    return run(get_program(form, 16), INPUTS + [positions])[0].numbers


def compute_steps(step):
    """The same tokens, some at a time, in one program: nothing but the state passes from some to the next. Single ones
    are given by the state itself, more by the form for chunks."""
    arguments, lines, results, inputs = ["%state0: tensor<WxSxf32>"], [], [], [Array([WIDTH, 17], [0.0] * (WIDTH * 17))]
    for index, start in enumerate(range(0, TOKENS, step)):
        names = {"i": index, "next": index + 1}
        arguments.append("%%a%(i)d: tensor<?xWxf32>, %%b%(i)d: tensor<?xWxf32>, %%v%(i)d: tensor<?xWxf32>" % names)
        arguments.append("%%p%(i)d: tensor<?xi32>" % names)
        lines.append(re.sub("%([abpqkrs])", "%%\\g<1>%d" % index, FEATURES))
        lines.append(STATE % names)
        lines.append((FROM_STATE if step == 1 else FROM_CHUNK) % names)
        results.append("%%y%d" % index)
        inputs += [Array([step, WIDTH], x.numbers[start * WIDTH : (start + step) * WIDTH]) for x in INPUTS]
        inputs.append(integers(range(start, start + step)))
    types = ", ".join(["tensor<?xWxf32>"] * len(results))
    program = "#rotary = #llama.rotary<half, theta = 1.0e4 : f64>\nfunc.func @f(%s) -> (%s) {" % (
        ", ".join(arguments),
        types,
    )
    program += "%s\n  return %s : %s\n}" % ("".join(lines), ", ".join(results), types)
    return [number for y in run(set_sizes(program, 16), inputs) for number in y.numbers]


def get_difference(a, b):
    """The largest, relative to the largest number."""
    return max(abs(x - y) for x, y in zip(a, b)) / max(map(abs, a))


def get_operations(form, tokens):
    """Operations for each token that the cost interface counts. The rate that bench tells is the fastest round's."""
    result = bench(get_program(form, 64), tokens)
    return result["gflops"] * result["min_ms"] * 1e6 / tokens


claim = Claim(
    3,
    "RoPE works with linear attention, whose cost for each token does not grow with the context.",
    "Causal linear attention with rotated queries and keys is computed in parallel, and again with states that are "
    "carried from some tokens to the next. Then positions are shifted, and the operations counted, beside those of "
    "softmax attention. Heads are 4, of 16 elements for results and of 64 for costs.",
)
parallel = compute_parallel()
rows = []
for step in STEPS:
    difference = get_difference(parallel, compute_steps(step))
    rows.append(["states of %d" % step, difference])
    claim.check(difference < 1e-5, "%d tokens by states, %d at a time, differ by less than 1e-5" % (TOKENS, step))
for shift in SHIFTS:
    difference = get_difference(parallel, compute_parallel(shift=shift))
    rows.append(["shift of %d" % shift, difference])
    claim.check(difference < 1e-5, "results at positions shifted by %d differ by less than 1e-5" % shift)
unrotated = get_difference(parallel, compute_parallel("plain"))
rows.append(["no rotation", unrotated])
claim.check(unrotated > 1e-2, "without the rotation results differ by more than 1e-2: the rotation matters")
claim.table(
    "Largest difference from the parallel form of %d tokens, as a part of the largest result" % TOKENS,
    ["form", "difference"],
    rows,
)

counts = {form: {tokens: get_operations(form, tokens) for tokens in (512, 2048)} for form in ("parallel", "softmax")}
claim.table(
    "Operations for each token",
    ["tokens", "linear", "softmax"],
    [[tokens, counts["parallel"][tokens], counts["softmax"][tokens]] for tokens in (512, 2048)],
)
growth = {form: counts[form][2048] / counts[form][512] for form in counts}
claim.check(abs(growth["parallel"] - 1) < 1e-6, "linear attention: as many operations for a token in 2048 as in 512")
claim.check(growth["softmax"] > 3, "softmax attention: more than 3 times as many in 2048 as in 512")

measured = ""
if claim.timed:
    times = {"linear": [], "softmax": []}
    for name, form in (("linear", "parallel"), ("softmax", "softmax")):
        for tokens in LINEAR_TOKENS:
            if name == "softmax" and tokens > 8192:
                break
            program = get_program(form, 64)
            time = min(bench(program, tokens)["median_ms"] for _ in range(3))
            times[name].append((tokens, 1000 * time / tokens))
            if time > SLOWEST_MS:
                break
    claim.plot("Time for each token, 4 heads of 64, whole program", "tokens", "microseconds", times, log="xy")
    softmax = dict(times["softmax"])
    claim.table(
        "Microseconds for each token, the least of three medians",
        ["tokens", "linear", "softmax"],
        [[tokens, time, softmax.get(tokens, "")] for tokens, time in times["linear"]],
    )
    first, last = times["linear"][0], times["linear"][-1]
    measured = " Measured, a token of linear attention takes %.1f times as long in %d tokens as in %d." % (
        last[1] / first[1],
        last[0],
        first[0],
    )

claim.finish(
    "Holds to rounding: the parallel form and the recurrent one agree, and positions may be shifted. The operations "
    "for a token are the same for 512 and 2048 tokens, where those of softmax attention grow %.2f times.%s"
    % (growth["softmax"], measured)
)
