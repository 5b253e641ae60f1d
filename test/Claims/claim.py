"""What the statements share: running programs, collecting what came out, and telling it.

A statement is a file of this folder. It runs programs of llamir, and makes a Claim of what they gave: tables, plots,
and checks, of which each must hold. Run by itself it prints these and exits with 1 if a check failed; with --json=FILE
it also writes them for page.py, and with --time it measures times besides, which no test depends on.
"""

import json
import os
import random
import re
import subprocess
import sys
import tempfile

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Inputs"))
import npy


class Array:
    """Numbers of f32, or with `integers` of i32, in row-major order."""

    def __init__(self, shape, numbers, integers=False):
        self.shape = list(shape)
        self.numbers = list(numbers)
        self.integers = integers

    def rows(self):
        """The rows of a matrix, as lists."""
        width = len(self.numbers) // self.shape[0] if self.shape[0] else 0
        return [self.numbers[row * width : (row + 1) * width] for row in range(self.shape[0])]


def normal(shape, seed, deviation=1.0, mean=0.0):
    """Normally distributed numbers, the same for each seed."""
    generator = random.Random(seed)
    count = 1
    for size in shape:
        count *= size
    return Array(shape, [generator.gauss(mean, deviation) for _ in range(count)])


def integers(numbers):
    """Positions or ids."""
    numbers = list(numbers)
    return Array([len(numbers)], numbers, integers=True)


def call(arguments, program=None):
    """Runs llamir; an error of it ends the test."""
    ran = subprocess.run(["llamir"] + arguments, input=program, capture_output=True, text=True)
    if ran.returncode != 0:
        sys.exit("llamir %s\n%s%s" % (" ".join(arguments), ran.stdout, ran.stderr))
    return ran.stdout


def run(program, inputs=(), function=None, sizes=(), weights=()):
    """The results of a function of a program for these inputs; dynamic sizes that no input has are `sizes`."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["run", "-", "--output-dir=" + folder]
        arguments += ["--function=" + function] if function else []
        arguments += ["--dim=%s=%d" % size for size in sizes]
        for index, array in enumerate(inputs):
            path = os.path.join(folder, "input%d.npy" % index)
            npy.write(path, array.shape, array.numbers, "<i4" if array.integers else "<f4")
            arguments.append("--input=" + path)
        call(arguments, program)
        results = []
        while os.path.exists(os.path.join(folder, "result%d.npy" % len(results))):
            shape, numbers, kind = npy.read(os.path.join(folder, "result%d.npy" % len(results)))
            results.append(Array(shape, numbers, kind == "<i4"))
        return results


def bench(program, tokens, options=()):
    """What `llamir bench` tells of the whole program for so many tokens: median_ms, min_ms, and gflops and gbps in the
    least time. The operations and bytes that these are computed from are those of the cost interface."""
    with tempfile.TemporaryDirectory() as folder:
        source, report = os.path.join(folder, "program.mlir"), os.path.join(folder, "report.json")
        with open(source, "w") as file:
            file.write(program)
        call(["bench", source, "--tokens=%d" % tokens, "--json=" + report] + list(options))
        with open(report) as file:
            results = json.load(file)["results"]
    return [result for result in results if result["kernel"] == "block"][-1]


def count_costs(program, sizes, options=()):
    """The operations and the bytes of each function of a program for each of some sizes, {"tokens": 128, ...}: what the
    cost interface counts, each array once for each kernel that reads or writes it. No time is measured."""
    arguments = ["--timed-sizes=" + ",".join("%s=%d" % size for size in case.items()) for case in sizes]
    with tempfile.TemporaryDirectory() as folder:
        call(["bundle", "-", "--name=program", "-o", folder] + arguments + list(options), program)
        with open(os.path.join(folder, "program_bundle.c")) as file:
            text = file.read()
    number = r"[0-9.]+e[+-]\d+"
    costs = {}
    for name, index in re.findall(r'\{"(\w+)", \w+, .*, cases_(\d+)\}', text):
        cases = re.search(r"cases_%s\[\] = \{(.*?)\n    \{0\}\};" % index, text, re.S).group(1)
        found = re.findall(r", (%s), (%s)\}" % (number, number), cases)
        costs[name] = [(float(flops), float(moved)) for flops, moved in found][-len(sizes) :]
    return costs


class Claim:
    """A statement, how it is tested, and what came out."""

    def __init__(self, number, statement, method):
        self.report = {"number": number, "statement": statement, "method": method}
        self.report.update(tables=[], plots=[], checks=[])
        options = [argument for argument in sys.argv[1:] if argument != "--time"]
        self.timed = "--time" in sys.argv[1:]
        if any(not option.startswith("--json=") for option in options):
            sys.exit("usage: %s [--time] [--json=FILE]" % sys.argv[0])
        self.json = options[-1][len("--json=") :] if options else None

    def table(self, title, columns, rows):
        """Cells are words or numbers; numbers are shown with four digits."""
        self.report["tables"].append({"title": title, "columns": columns, "rows": rows})

    def plot(self, title, x, y, series, log=""):
        """Lines through points [(x, y), ...] by name; `log` names the axes that are logarithmic: "", "x", "y", "xy"."""
        self.report["plots"].append({"title": title, "x": x, "y": y, "series": series, "log": log})

    def check(self, holds, what):
        """Something that must hold."""
        self.report["checks"].append({"holds": bool(holds), "what": what})

    def finish(self, outcome):
        """Tells what came out, in a sentence or two, and ends."""
        self.report["outcome"] = outcome
        failed = [check["what"] for check in self.report["checks"] if not check["holds"]]
        if self.json:
            with open(self.json, "w") as file:
                json.dump(self.report, file, indent=1)
        for table in self.report["tables"]:
            print(table["title"])
            for row in [table["columns"]] + table["rows"]:
                print("  " + "  ".join(format_cell(cell).rjust(12) for cell in row))
        for check in self.report["checks"]:
            print("%s: %s" % ("holds" if check["holds"] else "FAILS", check["what"]))
        print("statement %d: %d checks, %d failed" % (self.report["number"], len(self.report["checks"]), len(failed)))
        sys.exit(1 if failed else 0)


def format_cell(cell):
    return "%.4g" % cell if isinstance(cell, float) else str(cell)
