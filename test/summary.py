"""Reads lit's JSON results and ends with one line: N passed, N failed, N skipped. Exit status 1 if a test failed."""

import collections
import json
import re
import sys

# lit leaves out of the file what it did not run: what --filter excludes, and what it never came to.
KINDS = {
    "PASS": "passed",
    "FLAKYPASS": "passed",
    "XFAIL": "passed",
    "UNSUPPORTED": "skipped",
}


def reason_of(test):
    """Why a test was skipped: the features that a file needs and this machine lacks, or what a GoogleTest case said."""
    features = re.search(r"unavailable features: (.*)", test["output"])
    return "needs " + features[1] if features else test["output"].strip() or "without a reason"


try:
    with open(sys.argv[1], encoding="utf-8") as file:
        tests = json.load(file)["tests"]
except OSError:
    sys.exit("lit wrote no results: it ran no test")

count = collections.Counter()
reasons = collections.Counter()
for test in tests:
    # Whatever else lit calls a result (a timeout, an unexpected pass, one it could not resolve) is a failure.
    kind = KINDS.get(test["code"], "failed")
    count[kind] += 1
    if kind == "failed":
        print("failed: " + test["name"])
    if kind == "skipped":
        reasons[reason_of(test)] += 1

for reason, number in sorted(reasons.items()):
    print(f"skipped: {number}, {reason}")
print(f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")
sys.exit(1 if count["failed"] else 0)
