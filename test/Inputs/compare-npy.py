"""Says how far two .npy of f32 are apart: compare-npy.py A B prints the largest difference, relative to B's largest number.

Fails where one is longer, or has a number that is none; and with a third argument, where the root mean square of the
differences is larger than that.
"""

import math
import sys

import npy

a, b = (npy.read(path)[1] for path in sys.argv[1:3])
if len(a) != len(b) or not all(map(math.isfinite, a + b)):
    sys.exit("%d and %d numbers, or one that is none" % (len(a), len(b)))
print("%.0e" % (max(abs(x - y) for x, y in zip(a, b)) / max(map(abs, b))))
rms = math.sqrt(sum((x - y) ** 2 for x, y in zip(a, b)) / len(a))
if len(sys.argv) > 3 and rms > float(sys.argv[3]):
    sys.exit("the root mean square of the differences is %.2e" % rms)
