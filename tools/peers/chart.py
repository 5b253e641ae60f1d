# Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Draws the results as bars: one group for each phase and type, one bar for each program."""

from xml.sax.saxutils import escape

WIDTH, LABELS, BARS, ROW, MARGIN = 760, 220, 420, 22, 16

# The background is drawn, too: a page's own may be dark where the system's colours are light.
STYLE = """
  .page { fill: #ffffff } text { fill: #24292f; font: 13px sans-serif } .note { fill: #57606a }
  .head { font-weight: bold } .llamir { fill: #1f6feb } .other { fill: #9aa4af }
  .limit { stroke: #cf222e; stroke-width: 1.5; stroke-dasharray: 4 3 } .limit-text { fill: #cf222e; font-size: 11px }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } text { fill: #e6edf3 } .note { fill: #9198a1 }
    .llamir { fill: #4493f8 } .other { fill: #656d76 }
    .limit { stroke: #ff7b72 } .limit-text { fill: #ff7b72 }
  }
"""


def draw(title, note, groups):
    """The SVG. A group is (heading, limit in ms or None, bars); a bar (program, ms or None if it failed)."""
    y = MARGIN + 14
    parts = [text(MARGIN, y, title, "head"), text(MARGIN, y + 19, note, "note")]
    y += 19
    for heading, limit, bars in groups:
        y += 40
        parts.append(text(MARGIN, y, heading, "head"))
        largest = max([ms for _, ms in bars if ms] + [limit or 0]) or 1
        y += 20
        top = y
        for program, ms in bars:
            parts.append(text(LABELS, y + 15, program, anchor="end"))
            if ms is None:
                parts.append(text(LABELS + 10, y + 15, "failed", "note"))
            else:
                width = BARS * ms / largest
                kind = "llamir" if program.startswith("llamir") else "other"
                parts.append(
                    f'<rect class="{kind}" x="{LABELS + 10}" y="{y + 3}" width="{width:.1f}" height="{ROW - 6}"/>'
                )
                parts.append(text(LABELS + 16 + width, y + 15, f"{ms:.4g} ms"))
            y += ROW
        if limit:
            x = f"{LABELS + 10 + BARS * limit / largest:.1f}"
            parts.append(f'<line class="limit" x1="{x}" y1="{top}" x2="{x}" y2="{y}"/>')
            parts.append(text(x, top - 4, f"limit {limit:.4g} ms", "limit-text", "middle"))
    height = y + MARGIN
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style>",
            f'<rect class="page" width="{WIDTH}" height="{height}"/>',
            *parts,
            "</svg>\n",
        ]
    )


def text(x, y, words, kind="", anchor="start"):
    x = x if isinstance(x, str) else f"{x:.0f}"
    return f'<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'
