"""Writes a .npy: make-npy.py FILE SHAPE[:TYPE] VALUE... [-- ROW,COLUMN=VALUE...]

SHAPE is like 4x16, TYPE is f4 unless it is i4, i8 or b1. The values are repeated until the array is full; `nan`, `inf` and `-inf` are some. Behind -- are
single elements of a matrix that differ.
"""

import sys

import npy

path, shape, *values = sys.argv[1:]
values, others = (values[: values.index("--")], values[values.index("--") + 1 :]) if "--" in values else (values, [])
shape, _, kind = shape.partition(":")
kind = ("|" if kind == "b1" else "<") + (kind or "f4")
shape = [int(size) for size in shape.split("x")]
count = 1
for size in shape:
    count *= size
numbers = [float(values[i % len(values)]) for i in range(count)]
for other in others:
    place, value = other.split("=")
    row, column = (int(index) for index in place.split(","))
    numbers[row * shape[1] + column] = float(value)
if kind != "<f4":
    numbers = [int(number) for number in numbers]
npy.write(path, shape, numbers, kind)
