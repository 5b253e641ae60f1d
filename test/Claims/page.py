"""Runs all statements and writes a page of what came out, with its plots:

page.py PAGE

The plots go to a folder named as the page, without its ending. Times are measured, too. Exits with 1 if a check fails.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
from xml.sax.saxutils import escape

from claim import format_cell

FOLDER = os.path.dirname(os.path.abspath(__file__))

# A plot: its frame, and room for what stands left, below, above and right of it.
WIDTH, HEIGHT, LEFT, BELOW, ABOVE, RIGHT = 440, 240, 70, 48, 36, 190
COLORS = ["#1f6feb", "#cf222e", "#1a7f37", "#9a6700", "#8250df", "#57606a", "#bf3989", "#0a7ea4"]
STYLE = """
  .page { fill: #ffffff } text { fill: #24292f; font: 12px sans-serif } .head { font-weight: bold }
  .grid { stroke: #d0d7de; stroke-width: 1 } polyline { fill: none; stroke-width: 1.8 }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } text { fill: #e6edf3 } .grid { stroke: #30363d }
  }
"""


class Axis:
    """The range of some numbers, and where each lies in it: from 0 to 1."""

    def __init__(self, numbers, logarithmic):
        self.logarithmic = logarithmic
        if logarithmic:
            numbers = [number for number in numbers if number > 0] or [1, 10]
        self.least, self.most = min(numbers), max(numbers)
        if self.least == self.most:
            self.least, self.most = self.least - 0.5, self.most + 0.5
        elif not logarithmic and 0 < self.least < 0.4 * self.most:
            self.least = 0

    def place(self, number):
        if self.logarithmic:
            low, high = math.log(self.least), math.log(self.most)
            return (math.log(max(number, self.least)) - low) / (high - low)
        return (number - self.least) / (self.most - self.least)

    def ticks(self):
        """Some round numbers of the range."""
        if self.logarithmic:
            powers = range(math.floor(math.log10(self.least)), math.ceil(math.log10(self.most)) + 1)
            digits = [1, 2, 5] if len(powers) <= 4 else [1]
            ticks = [digit * 10.0**power for power in powers for digit in digits]
        else:
            step = 10.0 ** math.floor(math.log10((self.most - self.least) / 4))
            step *= next(factor for factor in (1, 2, 5, 10) if (self.most - self.least) / (step * factor) <= 6)
            ticks = [step * count for count in range(math.floor(self.least / step), math.ceil(self.most / step) + 1)]
        slack = 1e-9 * (self.most - self.least)
        return [tick for tick in ticks if self.least - slack <= tick <= self.most + slack]


def draw(plot):
    """The SVG of a plot."""
    points = [point for line in plot["series"].values() for point in line]
    x_axis = Axis([x for x, _ in points], "x" in plot["log"])
    y_axis = Axis([y for _, y in points], "y" in plot["log"])

    def at(x, y):
        return LEFT + WIDTH * x_axis.place(x), ABOVE + HEIGHT * (1 - y_axis.place(y))

    def text(x, y, words, anchor="start", more=""):
        return '<text x="%.1f" y="%.1f" text-anchor="%s"%s>%s</text>' % (x, y, anchor, more, escape(words))

    def line(x1, y1, x2, y2):
        return '<line class="grid" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>' % (x1, y1, x2, y2)

    bottom, right = ABOVE + HEIGHT, LEFT + WIDTH
    parts = [text(LEFT, 20, plot["title"], more=' class="head"')]
    for tick in x_axis.ticks():
        x = LEFT + WIDTH * x_axis.place(tick)
        parts += [line(x, ABOVE, x, bottom), text(x, bottom + 16, "%g" % tick, "middle")]
    for tick in y_axis.ticks():
        y = bottom - HEIGHT * y_axis.place(tick)
        parts += [line(LEFT, y, right, y), text(LEFT - 6, y + 4, "%g" % tick, "end")]
    parts.append(text(LEFT + WIDTH / 2, bottom + 36, plot["x"], "middle"))
    middle = ABOVE + HEIGHT / 2
    parts.append(text(14, middle, plot["y"], "middle", ' transform="rotate(-90 14 %.1f)"' % middle))
    for index, (name, series) in enumerate(plot["series"].items()):
        color = COLORS[index % len(COLORS)]
        places = " ".join("%.1f,%.1f" % at(x, y) for x, y in series)
        parts.append('<polyline points="%s" style="stroke: %s"/>' % (places, color))
        y = ABOVE + 10 + 20 * index
        parts.append('<line x1="%d" y1="%d" x2="%d" y2="%d" style="stroke: %s; stroke-width: 2"/>'
                     % (right + 14, y, right + 36, y, color))
        parts.append(text(right + 42, y + 4, name))
    size = (LEFT + WIDTH + RIGHT, ABOVE + HEIGHT + BELOW)
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img">' % (size * 2)
    page = '<rect class="page" width="%d" height="%d"/>' % size
    title = "<title>%s</title>" % escape(plot["title"])
    return "\n".join([head, title, "<style>%s</style>" % STYLE, page, *parts, "</svg>\n"])


def format_table(table):
    lines = ["**%s**" % table["title"], "", "| " + " | ".join(map(str, table["columns"])) + " |"]
    lines.append("|" + "---|" * len(table["columns"]))
    lines += ["| " + " | ".join(map(format_cell, row)) + " |" for row in table["rows"]]
    return lines + [""]


def format_statement(name, report, images):
    """The lines of a statement, and the files of its plots."""
    holds = all(check["holds"] for check in report["checks"])
    lines = ["## %d. %s" % (report["number"], report["statement"]), "", "*How.* " + report["method"], ""]
    lines += ["*What came out.* " + report["outcome"], ""]
    for index, plot in enumerate(report["plots"]):
        file = "%s-%d.svg" % (name, index)
        images[file] = draw(plot)
    lines += ["![%s](claims/%s-%d.svg)\n" % (plot["title"], name, index) for index, plot in enumerate(report["plots"])]
    for table in report["tables"]:
        lines += format_table(table)
    lines += ["Checked, in [%s.py](../test/Claims/%s.py):" % (name, name), ""]
    lines += ["- %s%s" % ("" if check["holds"] else "**fails**: ", check["what"]) for check in report["checks"]]
    return lines + [""], holds


def run(name, folder):
    """What a statement reports."""
    path = os.path.join(folder, name + ".json")
    ran = subprocess.run([sys.executable, os.path.join(FOLDER, name + ".py"), "--time", "--json=" + path],
                         capture_output=True, text=True)
    if not os.path.exists(path):
        sys.exit("%s.py failed:\n%s%s" % (name, ran.stdout, ran.stderr))
    with open(path) as file:
        return json.load(file)


def main(page):
    files = [file for file in sorted(os.listdir(FOLDER)) if file.endswith(".py")]
    names = [file[:-3] for file in files if file not in ("claim.py", "page.py")]
    reports = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            print(name, flush=True)
            reports[name] = run(name, folder)
    ordered = sorted(names, key=lambda name: reports[name]["number"])
    lines = ["# Statements", "", "What is usually said of the parts of transformers, and what came out when it was"]
    lines += ["tried. This page is written by `tools/dev claims`; `tools/dev test --filter=Claims` runs the same"]
    lines += ["checks, without times.", ""]
    lines += ["| | statement | what came out |", "|---|---|---|"]
    images, body, all_hold = {}, [], True
    for name in ordered:
        statement, holds = format_statement(name, reports[name], images)
        body += statement
        all_hold &= holds
        verdict = reports[name]["outcome"].split(". ")[0].rstrip(".") if holds else "**a check fails**"
        lines.append("| %d | %s | %s |" % (reports[name]["number"], reports[name]["statement"], verdict))
    folder = os.path.splitext(page)[0]
    os.makedirs(folder, exist_ok=True)
    for file in os.listdir(folder):
        if file.endswith(".svg") and file not in images:
            os.remove(os.path.join(folder, file))
    for file, image in images.items():
        with open(os.path.join(folder, file), "w") as out:
            out.write(image)
    with open(page, "w") as out:
        out.write("\n".join(lines + [""] + body))
    return 0 if all_hold else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: page.py PAGE")
    sys.exit(main(sys.argv[1]))
