"""Runs random programs with --check: check-random-programs.py FIRST COUNT [OPTION...]

Each of the seeds FIRST, FIRST + 1, ... gives a function of ops of random widths, heads and element types, with weights
that nothing scales down, and a number of tokens. Every kernel must be within its bound; a program where one is not, or
that is refused, is printed. The options go to llamir run. Without --table only failures are printed, with it also what
the check printed.
"""

import random
import re
import subprocess
import sys

TYPES = ["f32", "bf16", "f16"]
# What numbers of a type may grow to before the next op would overflow.
LARGEST = {"f32": 1e12, "bf16": 1e12, "f16": 1e4}
WIDTHS = [1, 3, 8, 16, 24, 33, 64, 72, 100, 128, 192, 256]
ACTIVATIONS = ["silu", "gelu", "gelu_tanh", "relu", "sigmoid", "tanh"]


class Value:
    def __init__(self, name, width, kind, size, rows="tokens"):
        self.name, self.width, self.kind, self.size, self.rows = name, width, kind, size, rows
        self.used = False

    @property
    def type(self):
        return "tensor<?x%dx%s>" % (self.width, self.kind)


class Program:
    """One function. `size` of a value is about how large its numbers are."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.kind = self.random.choice(TYPES)
        self.tokens = self.random.choice([0, 1, 1, 2, 3, 7, 8, 16, 17, 31, 48, 64, 65])
        self.keys = self.random.choice([1, 2, 9, 31, 64, 65])
        self.weights, self.lines, self.arguments, self.values = [], [], [], []
        self.arguments.append('%positions: tensor<?xi32> {llama.dims = ["tokens"]}')
        for _ in range(self.random.randint(1, 2)):
            self.values.append(self.add_argument(self.random.choice(WIDTHS), "tokens"))
        ops = [self.linear, self.linear, self.linear, self.norm, self.rope, self.attention, self.activation]
        ops += [self.add, self.mul, self.convert, self.split, self.embedding]
        while len(self.lines) < 14:
            self.random.choice(ops)()

    def choose(self, **wanted):
        """A value to compute with, or a new one."""
        fitting = [v for v in self.values if all(getattr(v, k) == w for k, w in wanted.items())]
        fitting = [v for v in fitting if v.size <= LARGEST[v.kind]]
        value = self.random.choice(fitting) if fitting else self.add_argument(wanted.get("width", 16), "tokens")
        value.used = True
        return value

    def add_argument(self, width, rows):
        name = "%%x%d" % len(self.arguments)
        value = Value(name, width, self.kind, 1, rows)
        self.arguments.append('%s: %s {llama.dims = ["%s"]}' % (name, value.type, rows))
        return value

    def add_weight(self, shape, scale=1.0):
        kind = self.random.choice(TYPES)
        name = "w%d" % len(self.weights)
        kind = "tensor<%sx%s>" % ("x".join(map(str, shape)), kind)
        mean = self.random.choice([0.0, 0.0, 1.0])
        source = "#llama.random<seed = %d, scale = %.1f : f64, mean = %.1f : f64>" % (len(self.weights), scale, mean)
        self.weights.append("llama.weight @%s : %s = %s" % (name, kind, source))
        self.lines.append("  %%%s = llama.get_weight @%s : %s" % (name, name, kind))
        return "%" + name, kind

    def add_value(self, text, width, size, kind=None):
        value = Value("%%v%d" % len(self.lines), width, kind or self.kind, size)
        self.lines.append("  %s = llama.%s" % (value.name, text.replace("RESULT", value.type)))
        self.values.append(value)

    def linear(self):
        x = self.choose()
        width = self.random.choice(WIDTHS)
        w, kind = self.add_weight([width, x.width])
        operands, types = "%s, %s" % (x.name, w), "%s, %s" % (x.type, kind)
        if self.random.random() < 0.3:
            b, bias = self.add_weight([width])
            operands, types = operands + " bias " + b, types + ", " + bias
        result = self.random.choice([x.kind, x.kind, "f32"])
        self.add_value("linear %s : %s -> RESULT" % (operands, types), width, x.size * x.width, result)

    def norm(self):
        x = self.choose()
        w, kind = self.add_weight([x.width])
        eps = self.random.choice(["1.0e-5", "1.0e-6"])
        text = "norm %s over [1] gain %s {eps = %s : f64} : %s, %s" % (x.name, w, eps, x.type, kind)
        self.add_value(text, x.width, 2 * x.width**0.5, x.kind)

    def rope(self):
        x = self.choose(kind=self.kind)
        heads = [n for n in range(1, 9) if x.width % n == 0 and x.width // n > 1]
        if not heads:
            return
        n = self.random.choice(heads)
        theta, pairing = self.random.choice(["1.0e4", "5.0e5"]), self.random.choice(["half", "interleaved"])
        rotary = "%s, theta = %s : f64" % (pairing, theta)
        head = x.width // n
        if head % 2 or self.random.random() < 0.3:
            rotary += ", dims = %d" % (2 * self.random.randint(1, head // 2))
        if self.random.random() < 0.2:
            rotary += ", scaling = #llama.linear_scaling<factor = 2.0 : f64>"
        text = "rope %s, %%positions by #llama.rotary<%s> {heads = %d : i64} : %s, tensor<?xi32> -> %s" % (
            x.name, rotary, n, x.type, x.type)
        self.add_value(text, x.width, 2 * x.size, x.kind)

    def attention(self):
        q = self.choose()
        heads = self.random.choice([n for n in range(1, 9) if q.width % n == 0])
        kv_heads = self.random.choice([n for n in range(1, heads + 1) if heads % n == 0])
        value = self.random.choice([1, 8, 16, 20])
        if q.kind == self.kind and self.random.random() < 0.5:
            k = self.add_argument(q.width // heads * kv_heads, "keys")
            v = self.add_argument(value * kv_heads, "keys")
        else:
            k = self.choose(width=q.width // heads * kv_heads, kind=q.kind) if q.kind == self.kind else None
            v = self.choose(width=value * kv_heads, kind=q.kind) if q.kind == self.kind else None
        if not k:
            return
        attributes = "heads = %d : i64, kv_heads = %d : i64" % (heads, kv_heads)
        attributes += self.random.choice(["", ", causal", ", causal, window = 5 : i64"]) + self.random.choice(["", ", scale = 0.5 : f64"])
        types = "%s, %s, %s" % (q.type, k.type, v.type)
        text = "attention %s, %s, %s {%s} : %s -> RESULT" % (q.name, k.name, v.name, attributes, types)
        self.add_value(text, value * heads, v.size, q.kind)

    def activation(self):
        x = self.choose()
        self.add_value("activation %s %s : %s" % (self.random.choice(ACTIVATIONS), x.name, x.type), x.width, x.size, x.kind)

    def add(self):
        x = self.choose()
        y = self.choose(width=x.width, kind=x.kind)
        self.add_value("add %s, %s : %s" % (x.name, y.name, x.type), x.width, x.size + y.size, x.kind)

    def mul(self):
        x = self.choose()
        y = self.choose(width=x.width, kind=x.kind)
        self.add_value("mul %s, %s : %s" % (x.name, y.name, x.type), x.width, x.size * y.size, x.kind)

    def convert(self):
        x = self.choose()
        kind = self.random.choice(TYPES)
        self.add_value("convert %s : %s -> RESULT" % (x.name, x.type), x.width, x.size, kind)

    def split(self):
        x = self.choose()
        if x.width < 2:
            return
        first = self.random.randint(1, x.width - 1)
        name = "%%v%d" % len(self.lines)
        parts = [Value(name + "#0", first, x.kind, x.size), Value(name + "#1", x.width - first, x.kind, x.size)]
        types = ", ".join(part.type for part in parts)
        self.lines.append("  %s:2 = llama.split %s : %s -> %s" % (name, x.name, x.type, types))
        self.values += parts

    def embedding(self):
        table, kind = self.add_weight([self.random.choice([1, 70]), self.random.choice(WIDTHS)])
        rows, width = map(int, re.findall(r"\d+(?=x)", kind))
        name = "%%ids%d" % len(self.arguments)
        self.arguments.append('%s: tensor<?xi32> {llama.dims = ["tokens"]}' % name)
        self.add_value("embedding %s, %s : tensor<?xi32>, %s -> RESULT" % (name, table, kind), width, 2)

    def print(self):
        results = [v for v in self.values if not v.used and not v.name.startswith("%x")]
        types = ", ".join(v.type for v in results)
        head = "func.func @f(%s) -> (%s) {" % (", ".join(self.arguments), types)
        last = "  return %s : %s" % (", ".join(v.name for v in results), types)
        return "\n".join(self.weights + [head] + self.lines + [last, "}", ""])


def main():
    first, count, *options = sys.argv[1:]
    table = "--table" in options
    options = [option for option in options if option != "--table"]
    failed = 0
    for seed in range(int(first), int(first) + int(count)):
        program = Program(seed)
        text = program.print()
        command = ["llamir", "run", "-", "--check", "--seed=%d" % seed] + options
        command += ["--dim=%s=%d" % (name, getattr(program, name)) for name in ["tokens", "keys"] if '"%s"' % name in text]
        result = subprocess.run(command, input=text, capture_output=True, text=True)
        if table:
            print(result.stdout, end="")
        # Without tokens no kernel may run.
        if result.returncode != 0 or program.tokens > 0 and " ok\n" not in result.stdout:
            failed += 1
            print("seed %d: %s\n%s%s%s" % (seed, " ".join(command), text, result.stdout, result.stderr))
    print("%d programs, %d failed" % (int(count), failed))
    sys.exit(failed != 0)


main()
