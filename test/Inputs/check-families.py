"""Evaluates checkpoints and compares their logits with those beside them: check-families.py FOLDER TARGET [NAME...]

Prints what failed, and how many ran.
"""

import os
import subprocess
import sys

folder, target = sys.argv[1:3]
names = sys.argv[3:] or sorted(os.listdir(folder))
failed = 0
for name in names:
    path = os.path.join(folder, name)
    files = ["--input-ids=%s/input_ids.npy" % path, "--expected-logits=%s/logits.npy" % path]
    ran = subprocess.run(["llamir", "eval", path, "--target=" + target] + files, capture_output=True, text=True)
    if ran.returncode != 0:
        print(name, ran.stdout, ran.stderr)
        failed += 1
print("%d models, %d failed" % (len(names), failed))
sys.exit(failed != 0)
