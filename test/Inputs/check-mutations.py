"""Compiles programs that were damaged at random: check-mutations.py FOLDER FIRST COUNT [RUN]

Takes the IR of layer.mlir and mixture.mlir of test/tools/Inputs after each stage, and makes COUNT mutants of it, of the
seeds FIRST, FIRST + 1, ...: a number changed, an operand, an attribute or a line taken from elsewhere, deleted or
doubled. The rest of the road must refuse a mutant with a message or compile it. Of every RUN mutants one is compiled to machine code and run, too.
What crashes or hangs is written to FOLDER, and told.
"""

import os
import random
import re
import subprocess
import sys

INPUTS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tools", "Inputs")
SOURCES = [os.path.join(INPUTS, name) for name in ("layer.mlir", "mixture.mlir")]
TARGET = "x86-64"
# What is left to do after a stage.
PASSES = {
    "fusion": ["--llamir-fuse"],
    "kernels": ["--llamir-kernels=target=" + TARGET],
    "halide": ["--llamir-halide"],
    "schedule": ["--llamir-schedule=target=" + TARGET],
    "memory": ["--llamir-memory"],
    "host": ["--llamir-host"],
}
STAGES = ["import", *PASSES][:-1]
NUMBERS = ["0", "1", "-1", "2", "3", "7", "16", "4294967296", "9223372036854775807"]
BATCH = 40


def compile_until(source, stage):
    command = ["llamir", "compile", source, "--until-after=" + stage, "--target=" + TARGET]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def change_number(rng, lines, i):
    numbers = list(re.finditer(r"(?<![\w.%#@-])-?\d+(?![\w.])", lines[i]))
    if numbers:
        number = rng.choice(numbers)
        near = [str(int(number[0]) + 1), str(int(number[0]) - 1)]
        lines[i] = lines[i][: number.start()] + rng.choice(NUMBERS + near) + lines[i][number.end() :]


def change_operand(rng, lines, i):
    names = list(re.finditer(r"%\w+(#\d)?", lines[i]))
    others = re.findall(r"%\w+(?:#\d)?", "\n".join(lines[max(0, i - 12) : i + 1]))
    if names:
        name = rng.choice(names)
        lines[i] = lines[i][: name.start()] + rng.choice(others) + lines[i][name.end() :]


def delete_attribute(rng, lines, i):
    attributes = list(re.finditer(r'[\w.]+ = (?:"[^"]*"|[\w.]+(?: : \w+)?)(?:, )?', lines[i]))
    if attributes:
        attribute = rng.choice(attributes)
        lines[i] = (lines[i][: attribute.start()] + lines[i][attribute.end() :]).replace(" {}", "")


def delete_line(rng, lines, i):
    del lines[i]


def double_line(rng, lines, i):
    lines.insert(i, lines[i])


def swap_lines(rng, lines, i):
    if i + 1 < len(lines):
        lines[i], lines[i + 1] = lines[i + 1], lines[i]


def take_line(rng, lines, i):
    lines[i] = rng.choice(lines)


MUTATIONS = [change_number] * 4 + [change_operand] * 3 + [delete_attribute] * 3
MUTATIONS += [delete_line, double_line, swap_lines, take_line]


def mutate(seed, texts):
    rng = random.Random(seed)
    stage = rng.choice(STAGES)
    lines = rng.choice(texts[stage]).splitlines()
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        rng.choice(MUTATIONS)(rng, lines, rng.randrange(1, len(lines) - 1))
    return stage, "\n".join(lines) + "\n"


def whats_wrong(command, text, limit):
    """Says how a command ended that neither worked nor refused its input; nothing otherwise."""
    try:
        result = subprocess.run(command, input=text, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return "runs for more than %d s" % limit
    if result.returncode not in (0, 1) or "Stack dump" in result.stderr or "Sanitizer" in result.stderr:
        return "ends with status %d: %s" % (result.returncode, result.stderr[-600:])
    if result.returncode == 1 and "error" not in result.stderr:
        return "fails without a message"
    return None


def get_command(stage, *options):
    rest = list(PASSES)[STAGES.index(stage) :]
    return ["llamir-opt", "-o", "/dev/null", *options, *sum((PASSES[s] for s in rest), [])]


def main():
    folder, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    run = int(sys.argv[4]) if len(sys.argv) > 4 else 0
    os.makedirs(folder, exist_ok=True)
    texts = {stage: [compile_until(source, stage) for source in SOURCES] for stage in STAGES}
    mutants = {stage: [] for stage in STAGES}
    for seed in range(first, first + count):
        stage, text = mutate(seed, texts)
        mutants[stage].append((seed, text))
    failed = 0

    def tell(seed, text, command, wrong):
        nonlocal failed
        failed += 1
        path = os.path.join(folder, "mutant-%d.mlir" % seed)
        with open(path, "w") as file:
            file.write(text)
        print("seed %d, %s: %s < %s\n%s" % (seed, stage, " ".join(command), path, wrong))

    for stage in STAGES:
        command = get_command(stage)
        for begin in range(0, len(mutants[stage]), BATCH):
            batch = mutants[stage][begin : begin + BATCH]
            together = get_command(stage, "--split-input-file")
            if whats_wrong(together, "\n// -----\n".join(text for _, text in batch), 120):
                for seed, text in batch:
                    wrong = whats_wrong(command, text, 60)
                    if wrong:
                        tell(seed, text, command, wrong)
        for seed, text in mutants[stage]:
            if run and seed % run == 0:
                command = ["llamir", "run", "-", "--dim=tokens=3", "--check", "--target=" + TARGET]
                wrong = whats_wrong(command, text, 60)
                if wrong:
                    tell(seed, text, command, wrong)
    print("%d mutants, %d failed" % (count, failed))
    sys.exit(failed != 0)


main()
