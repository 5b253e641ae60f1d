# Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times one LLaMA block in llamir and in other programs, in turns, on the same processors with as many threads.

Writes a table in Markdown to standard output, and table.md, chart.svg and results.json into a folder. A program that
fails stands in the table with its reason, and the exit status is 1.
"""

import argparse
import datetime
import itertools
import json
import os
import pathlib
import re
import subprocess
import sys

import common
import report

HERE = pathlib.Path(__file__).resolve().parent
CACHE = HERE.parents[1] / ".cache/peers"

# What --programs takes: the runs of each, as (name in the table, file, options), and the packages that it needs.
PROGRAMS = {
    "llamir": (
        [("llamir", "run_llamir.py", []), ("llamir ({0} activations)", "run_llamir.py", ["--activations={0}"])],
        [],
    ),
    "llama.cpp": ([("llama.cpp", "run_llama_cpp.py", [])], ["cmake", "ninja", "numpy", "pyyaml", "llama-cpp-python"]),
    "pytorch": (
        [("PyTorch", "run_torch.py", []), ("PyTorch compiled", "run_torch.py", ["--compile"])],
        ["numpy", "torch", "g++"],
    ),
    "openvino": ([("OpenVINO", "run_openvino.py", [])], ["numpy", "torch", "openvino"]),
}


def parse_processors(text):
    """`0,2-4` is {0, 2, 3, 4}."""
    processors = set()
    for part in text.split(","):
        if not re.fullmatch(r"\d{1,5}(-\d{1,5})?", part):
            raise argparse.ArgumentTypeError(f"'{text}' is no list of processors like 0-3,8")
        first, _, last = part.partition("-")
        processors.update(range(int(first), int(last or first) + 1))
    missing = processors - os.sched_getaffinity(0)
    if missing or not processors:
        raise argparse.ArgumentTypeError(f"'{text}' names processors that this process may not use")
    return processors


def parse_arguments():
    parser = Parser(
        prog="tools/dev bench --peers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = "; %(default)s by default"

    def add_list(name, value, item, what):
        parser.add_argument(name, default=value, type=common.list_of(item), metavar="LIST", help=what + default)

    parser.add_argument("--shape", default="llama-2-7b", choices=common.SHAPES, help="the block" + default)
    add_list(
        "--phase",
        "prefill:512,decode:512",
        common.parse_phase,
        "prefill:TOKENS, and decode:CONTEXT, one token that looks back on CONTEXT keys",
    )
    add_list("--dtype", "f32,bf16", common.one_of(common.DTYPES), "types of the weights: f32, bf16, f16")
    add_list("--programs", ",".join(PROGRAMS), common.one_of(PROGRAMS), "which to run")
    parser.add_argument(
        "--rounds", default=3, type=common.positive(int), metavar="N", help="turns of each program" + default
    )
    parser.add_argument(
        "--seconds",
        default=2.0,
        type=common.positive(float),
        metavar="S",
        help="how long a program repeats a phase in its turn" + default,
    )
    parser.add_argument(
        "--processors",
        default=os.sched_getaffinity(0),
        type=parse_processors,
        metavar="LIST",
        help="like 0-3,8: where all run, with one thread on each; by default all that there are",
    )
    parser.add_argument(
        "--output-dir",
        default=CACHE / "results",
        type=pathlib.Path,
        metavar="DIR",
        help=".cache/peers/results by default",
    )
    parser.add_argument("--dry-run", action="store_true", help="list the turns and stop")
    return parser.parse_args()


def runs_of(programs, dtype):
    """The runs (name, file, options) of the programs with weights of a type, each with the packages it needs."""
    for program in programs:
        runs, packages = PROGRAMS[program]
        for name, file, options in runs:
            # Activations of f32 are what llamir has in any case.
            if "{0}" in name and dtype == "f32":
                continue
            yield name.format(dtype), file, [option.format(dtype) for option in options], packages


def why_not_installed(packages):
    """What tools/dev left where it could not install something."""
    for package in packages:
        try:
            return (CACHE / "failed" / package).read_text(encoding="utf-8").strip()
        except OSError:
            continue
    return None


def start(file, arguments, environment):
    """Runs a file beside this one. Returns what it printed, and the last thing it complained of if it failed."""
    command = [sys.executable, str(HERE / file), *arguments]
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if not done.returncode:
        return done.stdout, None
    complaints = [line for line in done.stderr.splitlines() if line.strip()]
    reason = complaints[-1].strip() if complaints else "no message"
    # `llama-bench failed` says less than what stands before it.
    if reason.endswith(" failed") and len(complaints) > 1:
        reason += ": " + complaints[-2].strip()
    if done.returncode < 0:
        reason = f"ended by signal {-done.returncode}: {reason}"
    return None, reason


class Parser(argparse.ArgumentParser):
    def error(self, message):
        # One line. What there is, --help tells.
        self.exit(2, f"{self.prog}: {message}\n")


class Progress:
    """One line that changes on a terminal, a line for each turn elsewhere, and nothing with CI=true."""

    def __init__(self, total):
        self.total, self.done = total, 0
        self.terminal = sys.stderr.isatty()
        self.quiet = bool(os.environ.get("CI"))

    def say(self, words):
        self.done += 1
        if not self.quiet:
            print(
                f"{chr(13) if self.terminal else ''}[{self.done}/{self.total}] {words}",
                end="\033[K" if self.terminal else "\n",
                file=sys.stderr,
                flush=True,
            )

    def finish(self):
        if self.terminal and not self.quiet:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def machine():
    name = "a processor without a name"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        found = re.search(r"^model name\s*: (.*)", file.read(), re.MULTILINE)
    return " ".join(found[1].split()) if found else name


def measure(options, environment):
    turns = [
        (phase, dtype, run)
        for phase, dtype in itertools.product(options.phase, options.dtype)
        for run in runs_of(options.programs, dtype)
    ]
    records = {}
    for phase, dtype, (name, file, _, packages) in turns:
        record = {"program": name, "phase": common.phase_name(phase), "dtype": dtype}
        records[phase, dtype, name] = record
        missing = why_not_installed(packages)
        if missing:
            record["error"] = missing

    progress = Progress(len(turns) * options.rounds + 1)
    if "openvino" in options.programs and not why_not_installed(PROGRAMS["openvino"][1]):
        progress.say("comparing OpenVINO's block with PyTorch's")
        _, error = start("run_openvino.py", ["--check"], environment)
        if error:
            # Which of them is wrong, nobody knows.
            for (_, _, name), record in records.items():
                if name.startswith(("PyTorch", "OpenVINO")):
                    record.setdefault("error", error)

    limits, limits_ms = {}, {}
    for turn in range(options.rounds):
        for phase, dtype in itertools.product(options.phase, options.dtype):
            runs = [run for p, d, run in turns if (p, d) == (phase, dtype)]
            # Another one first in each round.
            first = turn % len(runs)
            for name, file, more, _ in runs[first:] + runs[:first]:
                record = records[phase, dtype, name]
                progress.say(f"round {turn + 1} of {options.rounds}: {common.phase_name(phase)}, {dtype}, {name}")
                if "error" in record:
                    continue
                arguments = [
                    f"--shape={options.shape}",
                    f"--phase={common.phase_name(phase)}",
                    f"--dtype={dtype}",
                    f"--threads={len(options.processors)}",
                    f"--seconds={options.seconds}",
                ]
                output, error = start(file, arguments + more, environment)
                if error:
                    # A time that was measured before does not hide that.
                    record["error"] = error
                    record.pop("ms", None)
                    continue
                found = json.loads(output.splitlines()[-1])
                record["version"] = found["version"]
                record.setdefault("flags", [])
                if found["flags"] not in record["flags"]:
                    record["flags"].append(found["flags"])
                record.setdefault("rounds_ms", []).append(found["ms"])
                record["ms"] = min(record["rounds_ms"])
                # The nearest that anything came to what the machine can do.
                for limit, value in found.get("limits", {}).items():
                    limits[limit] = max(value, limits.get(limit, 0))
                if "limit_ms" in found:
                    limits_ms[phase, dtype] = min(found["limit_ms"], limits_ms.get((phase, dtype), float("inf")))
    progress.finish()
    return list(records.values()), limits, limits_ms


def main():
    options = parse_arguments()
    if options.dry_run:
        for phase, dtype in itertools.product(options.phase, options.dtype):
            for run in runs_of(options.programs, dtype):
                print(f"{common.phase_name(phase)}, {dtype}: {run[0]}")
        return 0

    # Before an hour of work rather than after it.
    try:
        options.output_dir.mkdir(parents=True, exist_ok=True)
        (options.output_dir / "results.json").open("a", encoding="utf-8").close()
    except OSError as error:
        sys.exit(f"tools/dev bench --peers: cannot write to {options.output_dir}: {error.strerror}")

    # What is started from here stays there.
    os.sched_setaffinity(0, options.processors)
    environment = dict(
        os.environ,
        OMP_NUM_THREADS=str(len(options.processors)),
        # PyTorch's wheel may be one for graphics cards.
        CUDA_VISIBLE_DEVICES="",
        CXX="g++",
        TORCHINDUCTOR_CACHE_DIR=str(CACHE / "inductor"),
    )
    records, limits, limits_ms = measure(options, environment)
    results = {
        "date": datetime.date.today().isoformat(),
        "machine": machine(),
        "processors": sorted(options.processors),
        "threads": len(options.processors),
        "shape": options.shape,
        "rounds": options.rounds,
        "seconds": options.seconds,
        "limits": limits,
        "limits_ms": [
            {"phase": common.phase_name(phase), "dtype": dtype, "ms": ms} for (phase, dtype), ms in limits_ms.items()
        ],
        "results": records,
    }
    print(report.write(results, options.output_dir), end="")
    return int(any("error" in record for record in records))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("\ntools/dev bench --peers: interrupted")
