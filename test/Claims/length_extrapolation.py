# RUN: %python %s | FileCheck %s
# CHECK: {{^}}statement 2: {{.*}}, 0 failed
"""Statement 2: RoPE reaches past the trained length, where learned positions cannot; scalings say at what loss."""

import json
import math
import os
import re
import struct
import subprocess
import tempfile

from claim import Claim, call, normal, npy

MODEL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples", "wordnet-3m")
TRAINED, LENGTHS, WINDOW, PAIRS, VOCABULARY = 256, [256, 512, 1024, 2048], 64, 16, 2048
SCALINGS = ["plain", "linear", "dynamic", "yarn", "llama3", "longrope"]
WORDS = re.compile(r"'(?:s|t|re|ve|m|ll|d)| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+")
LEARNED = """
llama.weight @table : tensor<256x192xf32> = #llama.random<seed = 1, scale = 0.1 : f64>
func.func @f(%x: tensor<?x192xf32>, %p: tensor<?xi32>) -> tensor<?x192xf32> {
  %t = llama.get_weight @table : tensor<256x192xf32>
  %e = llama.embedding %p, %t : tensor<?xi32>, tensor<256x192xf32> -> tensor<?x192xf32>
  %y = llama.add %x, %e : tensor<?x192xf32>
  return %y : tensor<?x192xf32>
}"""


def get_text(count):
    """The first ids of the held-out lines, each between the ids of begin and end: byte pairs, merged by rank."""
    with open(os.path.join(MODEL, "tokenizer.json")) as file:
        model = json.load(file)["model"]
    ranks = {tuple(pair): rank for rank, pair in enumerate(model["merges"])}
    ids = []
    with open(os.path.join(MODEL, "valid.txt")) as file:
        for line in file.read().splitlines():
            ids.append(0)
            for word in WORDS.findall(line):
                parts = list(word.replace(" ", "\u0120"))
                while len(parts) > 1:
                    best = min(zip(parts, parts[1:]), key=lambda pair: ranks.get(pair, math.inf))
                    if best not in ranks:
                        break
                    merged = []
                    for part in parts:
                        if merged and (merged[-1], part) == best:
                            merged[-1] = part = merged[-1] + part
                        else:
                            merged.append(part)
                    parts = merged
                ids += [model["vocab"][part] for part in parts]
            ids.append(1)
            if len(ids) >= count:
                break
    return ids[:count]


def get_parameters(scaling, factor):
    """What config.json says of rotations."""
    parameters = {"rope_theta": 10000.0, "rope_type": "default" if scaling == "plain" else scaling}
    if scaling != "plain":
        parameters["factor"] = factor
    if scaling in ("yarn", "llama3", "longrope"):
        parameters["original_max_position_embeddings"] = TRAINED
    if scaling == "llama3":
        parameters.update(low_freq_factor=1.0, high_freq_factor=4.0)
    if scaling == "longrope":
        # Nobody searched for factors of this model: from 1 for the fastest pair to all for the slowest.
        parameters["short_factor"] = [1.0] * PAIRS
        parameters["long_factor"] = [factor ** (pair / (PAIRS - 1)) for pair in range(PAIRS)]
    return parameters


def import_variant(scaling, length, folder):
    """The lines of the imported model, with another config.json."""
    os.mkdir(folder)
    for name in ("model.safetensors", "tokenizer.json"):
        os.symlink(os.path.abspath(os.path.join(MODEL, name)), os.path.join(folder, name))
    with open(os.path.join(MODEL, "config.json")) as file:
        config = json.load(file)
    config["rope_parameters"] = get_parameters(scaling, length / TRAINED)
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(config, file)
    return re.sub(r" loc\([^()]*\)", "", call(["import", folder, "-o", "-"])).splitlines()


def compute_logits(ids):
    """For each scaling and length the logits of the last so many ids. All are one program, so that equal kernels are
    compiled once."""
    variants = [("plain", TRAINED)] + [(scaling, length) for length in LENGTHS[1:] for scaling in SCALINGS]
    with tempfile.TemporaryDirectory() as folder:
        weights, body, results, arguments = [], [], [], []
        for index, (scaling, length) in enumerate(variants):
            lines = import_variant(scaling, length, os.path.join(folder, "model%d" % index))
            start = next(i for i, line in enumerate(lines) if "func.func" in line)
            end = next(i for i, line in enumerate(lines) if line.lstrip().startswith("return "))
            weights = weights or [line for line in lines if "llama.weight " in line]
            inner = "\n".join(lines[start + 1 : end + 1])
            inner = inner.replace("%arg0", "%%ids%d" % length).replace("%arg1", "%%positions%d" % length)
            inner = re.sub(r"%(\d+)", r"%%v%d_\1" % index, inner).splitlines()
            body += inner[:-1]
            results.append(inner[-1].split()[1])
        options = ["--no-fuse=rotary", "--output-dir=" + folder]
        for length in LENGTHS:
            for name, numbers in (("ids", ids[-length:]), ("positions", range(length))):
                arguments.append('%%%s%d: tensor<?xi32> {llama.dims = ["tokens%d"]}' % (name, length, length))
                path = os.path.join(folder, "%s%d.npy" % (name, length))
                npy.write(path, [len(numbers)], numbers, "<i4")
                options.append("--input=" + path)
        types = ", ".join(["tensor<?x%dxf32>" % VOCABULARY] * len(results))
        header = "func.func @f(%s) -> (%s) {" % (", ".join(arguments), types)
        program = weights + [header] + body + ["  return %s : %s" % (", ".join(results), types), "}"]
        call(["run", "-"] + options, "\n".join(program))
        for index, variant in enumerate(variants):
            with open(os.path.join(folder, "result%d.npy" % index), "rb") as file:
                data = file.read()
            yield variant, memoryview(data)[10 + struct.unpack("<H", data[8:10])[0] :].cast("f")


def get_losses(logits, ids):
    """Of each id but the first: its negative log-likelihood."""
    losses = []
    for row, target in enumerate(ids[1:]):
        values = logits[row * VOCABULARY : (row + 1) * VOCABULARY].tolist()
        most = max(values)
        losses.append(most + math.log(sum(math.exp(value - most) for value in values)) - values[target])
    return losses


def get_perplexity(losses):
    return math.exp(sum(losses) / len(losses))


def try_position(position):
    """Adds a learned position to a token: what the error says, or nothing."""
    with tempfile.TemporaryDirectory() as folder:
        x, p = os.path.join(folder, "x.npy"), os.path.join(folder, "p.npy")
        npy.write(x, [1, 192], normal([1, 192], 1).numbers)
        npy.write(p, [1], [position], "<i4")
        arguments = ["llamir", "run", "-", "--input=" + x, "--input=" + p, "--output-dir=" + folder]
        ran = subprocess.run(arguments, input=LEARNED, capture_output=True, text=True)
        return (ran.stderr.strip() or "exit code %d" % ran.returncode) if ran.returncode else ""


claim = Claim(
    2,
    "RoPE reaches past the trained length, where learned positions cannot; scalings say at what loss.",
    "A model trained on %d tokens computes held-out text of up to %d, which ends with the same tokens for each length, "
    "and the perplexity of the last %d is compared: with plain RoPE and with scalings by length / %d, without any "
    "training. Learned positions are a table of %d rows." % (TRAINED, LENGTHS[-1], TRAINED - 1, TRAINED, TRAINED),
)
ids = get_text(LENGTHS[-1])
perplexity, by_position, whole = {}, {}, {}
for (scaling, length), logits in compute_logits(ids):
    if scaling == "plain" and length == LENGTHS[-1]:
        claim.check(all(map(math.isfinite, logits)), "plain RoPE computes finite logits for %d tokens" % length)
    losses = get_losses(logits, ids[-length:])
    perplexity[scaling, length] = get_perplexity(losses[-(TRAINED - 1) :])
    whole[scaling, length] = get_perplexity(losses)
    if length == LENGTHS[-1]:
        parts = [losses[start : start + WINDOW] for start in range(0, len(losses), WINDOW)]
        by_position[scaling] = [(WINDOW * i + WINDOW // 2, sum(part) / len(part)) for i, part in enumerate(parts)]
for title, values in (
    ("Perplexity of the last %d tokens, the same ones for each length" % (TRAINED - 1), perplexity),
    ("Perplexity of all tokens but the first", whole),
):
    # At the trained length every factor is 1.
    rows = [[length] + [values.get((scaling, length), "") for scaling in SCALINGS] for length in LENGTHS]
    claim.table(title, ["tokens"] + SCALINGS, rows)
claim.plot(
    "Mean negative log-likelihood by position, over windows of %d tokens, in a text of %d" % (WINDOW, LENGTHS[-1]),
    "position",
    "negative log-likelihood",
    by_position,
)

message = try_position(TRAINED)
claim.check(not try_position(TRAINED - 1), "learned position %d is computed" % (TRAINED - 1))
expected = "is %d and must lie in 0 .. %d" % (TRAINED, TRAINED - 1)
claim.check(expected in message, "learned position %d is an error" % TRAINED)
claim.table("Learned position %d" % TRAINED, ["message"], [[message]])
plain = perplexity["plain", TRAINED]
for length in LENGTHS[2:]:
    claim.check(
        perplexity["plain", length] > 2 * plain,
        "plain RoPE: the same tokens have more than twice the perplexity for %d tokens as for %d" % (length, TRAINED),
    )
    for scaling in ("dynamic", "yarn", "llama3"):
        claim.check(
            perplexity[scaling, length] < perplexity["plain", length],
            "%s is better than plain RoPE for %d tokens" % (scaling, length),
        )
best = {length: min(SCALINGS, key=lambda scaling: perplexity[scaling, length]) for length in LENGTHS[1:]}
claim.finish(
    "Partly true: plain RoPE computes past the trained length, but badly. The last tokens have a perplexity of %.1f in "
    "%d tokens, and of %.1f in %d. " % (plain, TRAINED, perplexity["plain", LENGTHS[-1]], LENGTHS[-1])
    + "The best scalings without training: "
    + ", ".join("%s for %d (%.1f)" % (best[length], length, perplexity[best[length], length]) for length in best)
    + ". Linear scaling, and longrope with factors that nobody searched for, lose much: %.1f and %.1f for 1024. "
    % (perplexity["linear", 1024], perplexity["longrope", 1024])
    + "A learned position beyond the table is an error: %s." % message
)
