"""Reads and writes .npy files, version 1.0, in row-major order, of the types below."""

import re
import struct

# What `struct` calls the types of NumPy.
LETTERS = {"<f4": "f", "<i4": "i", "<i8": "q", "|b1": "?"}


def read(path):
    """The shape, the numbers and the type of a file."""
    with open(path, "rb") as file:
        data = file.read()
    start = 10 + struct.unpack("<H", data[8:10])[0]
    header = data[10:start].decode()
    shape = [int(size) for size in re.findall(r"\d+", re.search(r"'shape': \((.*?)\)", header).group(1))]
    kind = re.search("'descr': '(...)'", header).group(1)
    letter = LETTERS[kind]
    return shape, struct.unpack("<%d%s" % ((len(data) - start) // struct.calcsize(letter), letter), data[start:]), kind


def write(path, shape, numbers, kind="<f4"):
    header = "{'descr': '%s', 'fortran_order': False, 'shape': (%s,), }" % (kind, ", ".join(map(str, shape)))
    header += " " * (-(len(header) + 11) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        file.write(struct.pack("<%d%s" % (len(numbers), LETTERS[kind]), *numbers))
