"""Checks that docs/commands.md and the examples of --help name each option of each command, and no other."""

import os
import re
import subprocess
import sys

root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
with open(os.path.join(root, "docs", "commands.md")) as file:
    sections = dict(re.findall(r"^## llamir (\w+)\n(.*?)(?=^## |\Z)", file.read(), re.M | re.S))


def get_help(*command):
    return subprocess.run(["llamir", *command, "--help"], check=True, capture_output=True, text=True).stdout


wrong = []
examples = re.findall(r"^  llamir (\w+) (.*)$", get_help(), re.M)
for command in ("import", "compile", "bundle", "run", "eval", "bench", "demo"):
    listed = get_help(command).partition("llamir options:")[2]
    options = set(re.findall(r"^  (-[\w-]+)", listed, re.M))
    assert options, command
    shown = set()
    for name, text in examples:
        if name == command:
            shown.update(re.findall(r"(?<!\S)(--?[\w-]+)", text))
    rows = re.findall(r"^\| (`-.*?) \|", sections[command], re.M)
    documented = set(re.findall(r"`(--?[\w-]+)", " ".join(rows)))
    for what, names in ("an example of --help", shown - options), ("docs/commands.md", documented - options):
        wrong += [f"{command}: {what} has {name}, which there is not" for name in sorted(names)]
    wrong += [f"{command}: docs/commands.md lacks {name}" for name in sorted(options - documented)]
    everywhere = set(re.findall(r"(?<!\S)(--?[\w-]+)", " ".join(text for _, text in examples)))
    wrong += [f"{command}: no example of --help has {name}" for name in sorted(options - everywhere)]
sys.exit("\n".join(wrong) or 0)
