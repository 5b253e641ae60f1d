# Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes results.json of an earlier comparison as a table to standard output, and the chart beside it."""

import argparse
import json
import pathlib
import sys

import chart


def cases_of(results):
    """The pairs of phase and type, in the order in which they were asked for."""
    return list(dict.fromkeys((result["phase"], result["dtype"]) for result in results["results"]))


def case_title(case):
    (kind, size), dtype = case[0].split(":"), case[1]
    return f"{size} tokens, {dtype}" if kind == "prefill" else f"1 token, {size} keys, {dtype}"


def limit_of(results, case):
    return next((limit["ms"] for limit in results["limits_ms"] if (limit["phase"], limit["dtype"]) == case), None)


def results_of(results, case):
    return [result for result in results["results"] if (result["phase"], result["dtype"]) == case]


def is_llamir(result):
    return result["program"].startswith("llamir")


def best(results):
    return min((result for result in results if "ms" in result), key=lambda result: result["ms"], default=None)


def verdict(results, case):
    """How llamir stands to the best other: the quotient of the times and a sentence, or None without both."""
    ours = best(filter(is_llamir, results_of(results, case)))
    other = best(result for result in results_of(results, case) if not is_llamir(result))
    if not ours or not other:
        return None
    ratio = other["ms"] / ours["ms"]
    return ratio, f"{ours['program']} is {ratio:.2f} times as fast as the best other, {other['program']}"


def failures(results):
    """Where each program failed, by its name and the reason."""
    found = {}
    for result in results["results"]:
        if "error" in result:
            key = result["program"], result["error"]
            found.setdefault(key, []).append(case_title((result["phase"], result["dtype"])))
    return found


def row(*cells):
    # A cell has one line, and a bar would end it.
    return "| " + " | ".join(" ".join(str(cell).split()).replace("|", "\\|") for cell in cells) + " |"


def table(results):
    cases = cases_of(results)
    # Those of llamir that only some types have stand beside the other.
    programs = dict.fromkeys(result["program"] for result in results["results"])
    programs = sorted(programs, key=lambda name: not name.startswith("llamir"))
    cells = {(result["program"], result["phase"], result["dtype"]): result for result in results["results"]}

    def cell(program, case):
        result = cells.get((program, *case))
        return "" if result is None else f"{result['ms']:.4g}" if "ms" in result else "failed"

    def line(name, values):
        return row(name, *(f"{value:.4g}" if value else "" for value in values))

    verdicts = [verdict(results, case) for case in cases]
    lines = [
        summary(results),
        "",
        row("", *map(case_title, cases)),
        "|" + "---|" * (len(cases) + 1),
        *(row(program, *(cell(program, case) for case in cases)) for program in programs),
        line("the machine's limit", [limit_of(results, case) for case in cases]),
        row("llamir is times as fast as the best other", *(f"{v[0]:.2f}" if v else "" for v in verdicts)),
        "",
        *(f"- {case_title(case)}: {v[1]}" if v else f"- {case_title(case)}: nothing to compare"
          for case, v in zip(cases, verdicts)),
        *(f"- {program} failed ({'; '.join(where)}): {' '.join(reason.split())}"
          for (program, reason), where in failures(results).items()),
        "",
        row("program", "version", "how"),
        "|---|---|---|",
    ]  # fmt: skip
    for program in programs:
        mine = [result for result in results["results"] if result["program"] == program and "ms" in result]
        versions = list(dict.fromkeys(result["version"] for result in mine))
        flags = list(dict.fromkeys(flag for result in mine for flag in result["flags"]))
        lines.append(row(program, "; ".join(versions) or "failed", "; ".join(flags)))
    return "\n".join(lines) + "\n"


def summary(results):
    return (
        f"One block of {results['shape']} on {results['machine']}, threads: {results['threads']}, on processors "
        f"{', '.join(map(str, results['processors']))}, {results['date']}. Least ms; rounds: {results['rounds']}."
    )


def draw(results):
    groups = []
    for case in cases_of(results):
        bars = [(result["program"], result.get("ms")) for result in results_of(results, case)]
        heading = case_title(case)
        if verdict(results, case):
            heading += ": " + verdict(results, case)[1].replace("the best other, ", "")
        groups.append((heading, limit_of(results, case), bars))
    note = f"{results['machine']}, threads: {results['threads']}, {results['date']}; least ms, shorter is better"
    return chart.draw(f"One block of {results['shape']}", note, groups)


def write(results, folder):
    """Writes all three files. Returns the table."""
    written = table(results)
    for name, content in {
        "results.json": json.dumps(results, indent=2) + "\n",
        "table.md": written,
        "chart.svg": draw(results),
    }.items():
        (folder / name).write_text(content, encoding="utf-8")
    return written


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=pathlib.Path, metavar="RESULTS.json")
    options = parser.parse_args()
    try:
        results = json.loads(options.results.read_text(encoding="utf-8"))
        print(table(results), end="")
        (options.results.parent / "chart.svg").write_text(draw(results), encoding="utf-8")
    except OSError as error:
        sys.exit(f"report.py: {error}")
    except (KeyError, TypeError, ValueError) as error:
        sys.exit(f"report.py: {options.results} is no results.json of a comparison: {error!r}")
    sys.exit(any("error" in result for result in results["results"]))


if __name__ == "__main__":
    main()
