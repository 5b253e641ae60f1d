"""Writes a checkpoint again in another form: derive-checkpoint.py FROM TO [option...]; FROM has weights in bf16

  --type=F64|F32|F16     all weights in that type: F64 and F32 have every number of bf16, F16 nearly
  --shards=N             in N files, with an index
  --head=KIND            none: without lm_head.weight, as config.json then says; embedding: with the table of embeddings
                         there; tied: the same, and config.json says so; wrong: config.json says so, but it is another
  --bias=SCALE           with biases of attention and feed-forward, in -SCALE .. SCALE
  --base                 as a base model saves itself: without a head, and without the model's name before the weights'
  --left-overs           with the tables that old versions stored beside the weights, and a tensor of no numbers
  --key=JSON             with the keys of this object in config.json, too; once for each
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
    if dtype == "F64":
        return array.array("d", [to_float(number) for number in numbers])
    if dtype == "F32":
        return array.array("I", [number << 16 for number in numbers])
    if dtype == "F16":
        table = {number: to_f16(number) for number in set(numbers)}
        return array.array("H", [table[number] for number in numbers])
    return numbers


def write(path, tensors, dtype):
    header, parts, end = {}, [], 0
    for name, (shape, numbers) in tensors.items():
        # Bytes are there as they are: those of truth values.
        is_bytes = isinstance(numbers, bytes)
        parts.append(numbers if is_bytes else convert(numbers, dtype).tobytes())
        header[name] = {
            "dtype": "BOOL" if is_bytes else dtype,
            "shape": shape,
            "data_offsets": [end, end + len(parts[-1])],
        }
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
parser.add_argument("--type", default="BF16", choices=["BF16", "F64", "F32", "F16"])
parser.add_argument("--shards", type=int)
parser.add_argument("--head", choices=["none", "embedding", "tied", "wrong"])
parser.add_argument("--bias", type=float)
parser.add_argument("--base", action="store_true")
parser.add_argument("--left-overs", action="store_true")
parser.add_argument("--key", action="append", default=[], type=json.loads)
options = parser.parse_args()

with open(os.path.join(options.source, "config.json")) as file:
    config = json.load(file)
tensors = read(os.path.join(options.source, "model.safetensors"))
if options.head in ("none", "tied", "wrong"):
    config["tie_word_embeddings"] = True
if options.head == "none" or options.base:
    del tensors["lm_head.weight"]
if options.head in ("embedding", "tied"):
    tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"]
if options.bias is not None:
    config["attention_bias"] = config["mlp_bias"] = True
    for seed, name in enumerate(sorted(tensors)):
        if name.endswith("_proj.weight"):
            rows = tensors[name][0][0]
            tensors[name.replace(".weight", ".bias")] = ([rows], make_bias(rows, 1000 * seed, options.bias))

if options.left_overs:
    zeros = array.array("H", bytes(2 * 64))
    for layer in range(config["num_hidden_layers"]):
        attention = "model.layers.%d.self_attn." % layer
        tensors[attention + "rotary_emb.inv_freq"] = ([16], zeros[:16])
        tensors[attention + "rotary_emb.cos_cached"] = ([1, 1, 2, 32], zeros)
        tensors[attention + "rotary_emb.sin_cached"] = ([1, 1, 2, 32], zeros)
        tensors[attention + "bias"] = ([1, 1, 4, 4], bytes(16))
        tensors[attention + "masked_bias"] = ([], zeros[:1])
    tensors["model.nothing"] = ([0, 192], zeros[:0])
if options.base:
    tensors = {name.replace("model.", "", 1): tensor for name, tensor in tensors.items()}
    config["architectures"] = ["LlamaModel"]
for keys in options.key:
    config.update(keys)

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
