"""Repeats what functions do for several sizes: repeat.py LENGTH,... [NUMBER=OTHER...] < one.mlir > many.mlir

Each function gets a copy of its arguments, ops and results for each length; a size "tokens" is "tokens7" in the copy
for 7. Weights are shared and equal kernels are one, so it is compiled once and runs at every length. Before that,
numbers of the IR are replaced by others.
"""

import re
import sys

lengths = sys.argv[1].split(",")
numbers = dict(change.split("=") for change in sys.argv[2:])
text = "".join(line for line in sys.stdin if not line.startswith("//"))
text = re.sub(r"\d+", lambda match: numbers.get(match[0], match[0]), text)


def copy(part, length, shared=()):
    part = re.sub(r"%\w+", lambda match: match[0] if match[0] in shared else match[0] + "_" + length, part)
    return re.sub(r'(llama.dims = \["\w+)"', rf'\g<1>{length}"', part)


def repeat(function):
    name, arguments, types, body = function.groups()
    *ops, last = body.strip().splitlines()
    weights = [op for op in ops if "llama.get_weight" in op]
    shared = [op.split()[0] for op in weights]
    values = re.match(r"\s*return (.*?) :", last)[1]
    lines = weights + [copy(op, length, shared) for length in lengths for op in ops if op not in weights]
    lines.append("  return %s : %s" % (", ".join(copy(values, n) for n in lengths), ", ".join([types] * len(lengths))))
    arguments = ", ".join(copy(arguments, length) for length in lengths)
    return "func.func %s(%s) -> (%s) {\n%s\n}" % (name, arguments, ", ".join([types] * len(lengths)), "\n".join(lines))


print(re.sub(r"func.func (@\w+)\((.*?)\) -> \(([^)]*)\) \{\n(.*?)\n\}", repeat, text, flags=re.S), end="")
