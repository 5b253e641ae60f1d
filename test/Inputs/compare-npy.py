"""Says how far two .npy of f32 are apart: compare-npy.py A B prints the largest difference, relative to B's largest number.

Fails where one is longer, or has a number that is none.
"""

import math
import struct
import sys


def read(path):
    data = open(path, "rb").read()
    start = 10 + struct.unpack("<H", data[8:10])[0]
    return struct.unpack("<%df" % ((len(data) - start) // 4), data[start:])


a, b = map(read, sys.argv[1:])
if len(a) != len(b) or not all(map(math.isfinite, a + b)):
    sys.exit("%d and %d numbers, or one that is none" % (len(a), len(b)))
print("%.0e" % (max(abs(x - y) for x, y in zip(a, b)) / max(map(abs, b))))
