"""Writes a .npy of f32: make-npy.py FILE SHAPE VALUE... [-- ROW,COLUMN=VALUE...]

SHAPE is like 4x16. The values are repeated until the array is full; `nan`, `inf` and `-inf` are some. Behind -- are
single elements of a matrix that differ.
"""

import struct
import sys

path, shape, *values = sys.argv[1:]
values, others = (values[: values.index("--")], values[values.index("--") + 1 :]) if "--" in values else (values, [])
shape = [int(size) for size in shape.split("x")]
count = 1
for size in shape:
    count *= size
numbers = [float(values[i % len(values)]) for i in range(count)]
for other in others:
    place, value = other.split("=")
    row, column = (int(index) for index in place.split(","))
    numbers[row * shape[1] + column] = float(value)
header = "{'descr': '<f4', 'fortran_order': False, 'shape': (%s,), }" % ", ".join(map(str, shape))
header = header.ljust(117) + "\n"
with open(path, "wb") as file:
    file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
    file.write(struct.pack("<%df" % count, *numbers))
