#!/bin/sh
# llamir-reduce calls a file interesting when this exits with 1.
grep -q "llama.norm" "$1" && exit 1
exit 0
