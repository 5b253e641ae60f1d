"""Reads lit's JSON results and ends with one line: N passed, N failed, N skipped. Exit status 1 if a test failed."""

import collections
import json
import re
import sys

KINDS = {
    "PASS": "passed",
    "FLAKYPASS": "passed",
    "XFAIL": "passed",
    "UNSUPPORTED": "skipped",
    "SKIPPED": "skipped",
    "EXCLUDED": None,  # not asked for: --filter and the like
}

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
    if kind:
        count[kind] += 1
    if kind == "failed":
        print("failed: " + test["name"])
    if kind == "skipped":
        reason = re.search(r"unavailable features: (.*)", test["output"])
        reasons["needs " + reason.group(1) if reason else "the test itself says why when it is run alone"] += 1

for reason, number in sorted(reasons.items()):
    print(f"skipped: {number}, {reason}")
print(f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")
sys.exit(1 if count["failed"] else 0)
