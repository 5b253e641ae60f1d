"""Checks the file of `llamir bench --json`: its keys, the records that must be there, and that numbers are some."""

import json
import math
import sys

with open(sys.argv[1]) as file:
    bench = json.load(file)
assert set(bench) == {"machine", "date", "limits", "results"}, set(bench)
assert bench["machine"]
assert len(bench["date"]) == len("2026-01-31")
assert "f32_fma" in bench["limits"], bench["limits"]
# Of a processor, or of a device.
assert len({"dram_read", "memory_copy"} & set(bench["limits"])) == 1, bench["limits"]

keys = {"kernel", "phase", "tokens", "dtype", "target", "median_ms", "min_ms", "gflops", "gbps", "limit"}
records = set()
for record in bench["results"]:
    assert set(record) == keys | {"percent_of_limit"}, set(record)
    assert record["limit"] in bench["limits"], record
    assert record["dtype"] in ("f32", "bf16"), record
    assert 0 < record["min_ms"] <= record["median_ms"] < math.inf, record
    assert 0 <= record["gflops"] < math.inf and 0 < record["gbps"] < math.inf, record
    assert 0 < record["percent_of_limit"] < math.inf, record
    records.add("{kernel}@{phase}:{tokens}".format(**record))
assert len(records) == len(bench["results"]), "a record appears twice"

for expected in sys.argv[2:]:
    assert expected in records, "no {} in {}".format(expected, sorted(records))
