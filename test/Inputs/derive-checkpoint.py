"""Writes a checkpoint again in another form: derive-checkpoint.py FROM TO [option...]; FROM has weights in bf16

  --type=F32|F16         all weights in that type: F32 has every number of bf16, F16 nearly
  --shards=N             in N files, with an index
  --head=none|embedding  without lm_head.weight, as config.json then says, or with the table of embeddings there
  --bias=SCALE           with biases of attention and feed-forward, in -SCALE .. SCALE
"""

import argparse
import array
import json
import os
import struct


def read(path):
    """The tensors of a safetensors file: name -> (shape, numbers of bf16)."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        assert entry["dtype"] == "BF16", name
        begin, end = entry["data_offsets"]
        tensors[name] = (entry["shape"], array.array("H", data[begin:end]))
    return tensors


def to_float(number):
    return struct.unpack("<f", struct.pack("<I", number << 16))[0]


def to_f16(number):
    try:
        return struct.unpack("<H", struct.pack("<e", to_float(number)))[0]
    except OverflowError:
        return 0x7E00  # Not a number: no weight is so large.


def convert(numbers, dtype):
    if dtype == "F32":
        return array.array("I", [number << 16 for number in numbers])
    if dtype == "F16":
        table = {number: to_f16(number) for number in set(numbers)}
        return array.array("H", [table[number] for number in numbers])
    return numbers


def write(path, tensors, dtype):
    header, parts, end = {}, [], 0
    for name, (shape, numbers) in tensors.items():
        parts.append(convert(numbers, dtype).tobytes())
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + len(parts[-1])]}
        end += len(parts[-1])
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))


def make_bias(rows, seed, scale):
    values = [(((seed + i) * 7919) % 2001 / 1000 - 1) * scale for i in range(rows)]
    return array.array("H", [struct.unpack("<I", struct.pack("<f", value))[0] >> 16 for value in values])


parser = argparse.ArgumentParser()
parser.add_argument("source")
parser.add_argument("to")
parser.add_argument("--type", default="BF16", choices=["BF16", "F32", "F16"])
parser.add_argument("--shards", type=int)
parser.add_argument("--head", choices=["none", "embedding"])
parser.add_argument("--bias", type=float)
options = parser.parse_args()

with open(os.path.join(options.source, "config.json")) as file:
    config = json.load(file)
tensors = read(os.path.join(options.source, "model.safetensors"))
if options.head == "none":
    del tensors["lm_head.weight"]
    config["tie_word_embeddings"] = True
if options.head == "embedding":
    tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"]
if options.bias is not None:
    config["attention_bias"] = config["mlp_bias"] = True
    for seed, name in enumerate(sorted(tensors)):
        if name.endswith("_proj.weight"):
            rows = tensors[name][0][0]
            tensors[name.replace(".weight", ".bias")] = ([rows], make_bias(rows, 1000 * seed, options.bias))

os.makedirs(options.to, exist_ok=True)
with open(os.path.join(options.to, "config.json"), "w") as file:
    json.dump(config, file)
if options.shards:
    names = {"model-%05d-of-%05d.safetensors" % (i + 1, options.shards): [] for i in range(options.shards)}
    for i, name in enumerate(sorted(tensors)):
        list(names.values())[i % options.shards].append(name)
    for path, part in names.items():
        write(os.path.join(options.to, path), {name: tensors[name] for name in part}, options.type)
    index = {"metadata": {"total_size": 0}, "weight_map": {name: path for path, part in names.items() for name in part}}
    with open(os.path.join(options.to, "model.safetensors.index.json"), "w") as file:
        json.dump(index, file)
else:
    write(os.path.join(options.to, "model.safetensors"), tensors, options.type)
