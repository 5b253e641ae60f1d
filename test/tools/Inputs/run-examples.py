"""Runs the examples of docs/commands.md in a folder: run-examples.py FOLDER"""

import os
import re
import subprocess
import sys

root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
folder = sys.argv[1]
os.symlink(os.path.join(root, "examples"), os.path.join(folder, "examples"))
with open(os.path.join(root, "docs", "commands.md")) as file:
    examples = re.findall(r"^    (llamir .*)$", file.read(), re.M)
assert len(examples) == 7, examples
for example in examples:
    print(example, flush=True)
    subprocess.run(example.split(), cwd=folder, check=True, stdout=subprocess.DEVNULL)
