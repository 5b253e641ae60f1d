"""Writes a bundle: libraries of kernels for a device that check and time themselves where there is only a driver.

make_bundle.py --target=TARGET --cc=COMPILER [--bin=FOLDER_OF_LLAMIR] [--small] [--only=REGEX] FOLDER

Without --bin, llamir is found as the shell finds it. Each library is one call of `llamir bundle`, linked.
--small leaves out what takes a GPU to be run in reasonable time; --only=REGEX chooses libraries by their names.
"""

import argparse
import concurrent.futures
import dataclasses
import os
import re
import shutil
import subprocess
import sys
import tempfile

root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


@dataclasses.dataclass
class Library:
    name: str
    options: list  # Of llamir bundle, the input among them.
    checked: list = dataclasses.field(default_factory=list)  # Sizes of a run each.
    timed: list = dataclasses.field(default_factory=list)
    small: bool = False  # Software can run it.


def file(path):
    return os.path.join(root, path)


# One token, few, a tile of them and more; keys before, of and behind the tokens.
LENGTHS = [
    "tokens=1,keys=131",
    "tokens=2,keys=2",
    "tokens=3,keys=16",
    "tokens=7,keys=8",
    "tokens=16,keys=45",
    "tokens=24,keys=64",
    "tokens=127,keys=127",
    "tokens=128,keys=1",
    "tokens=130,keys=530",
]
# Rows of queries in one block and more, keys that end within a tile.
TENSOR_LENGTHS = ["tokens=%d,keys=%d" % sizes for sizes in [(1, 70), (2, 2), (65, 130), (130, 65), (64, 0), (300, 530)]]
TOKENS = [sizes.partition(",")[0] for sizes in LENGTHS]
HALF = ["--weights=bf16", "--activations=bf16"]


def get_libraries(small):
    """The fastest to tell something first."""
    copied = "rows=256,threads=262144,steps=16" if small else "rows=1024,threads=262144,steps=512"
    wide = ["tokens=64"] if small else ["tokens=512", "tokens=8192"]
    libraries = [Library("limits", ["--limits"], timed=[copied], small=True)]
    for shape, name in ("llama-2-7b", "block7b"), ("llama-3-8b", "block8b"):
        block = ["--shape=" + shape, *HALF]
        step = ["tokens=1,context=512", "tokens=1,context=4096"]
        libraries += [
            Library(name + "_decode", block + ["--decode"], timed=step[:1]),
            Library(name + "_decode_kernels", block + ["--decode", "--isolate"], timed=step),
            Library(name + "_prefill", block, timed=["tokens=512", "tokens=2048"]),
            Library(name + "_prefill_kernels", block + ["--isolate"], ["tokens=33"], ["tokens=2048"]),
        ]
    model = ["--shape=llama-3.2-1b", "--whole", *HALF]
    libraries += [
        Library("model1b_decode", model + ["--decode"], timed=["tokens=1,context=512"]),
        Library("model1b_prefill", model, timed=["tokens=512"]),
        Library("elementwise_bf16", [file("tools/gpu-check/elementwise.mlir"), *HALF], timed=wide, small=True),
        Library("elementwise_f32", [file("tools/gpu-check/elementwise.mlir")], timed=wide, small=True),
        Library("block7b_f32_kernels", ["--shape=llama-2-7b", "--isolate"], ["tokens=33"], ["tokens=1", "tokens=512"]),
    ]
    tests = file("test/Execution/")
    for suffix, types in ("f32", []), ("bf16", HALF), ("f16", ["--weights=f16", "--activations=f16"]):
        model = ["--shape=wordnet-3m", "--layers=2", *types]
        libraries += [
            Library("block_" + suffix, [tests + "block-odd-sizes.mlir", "--isolate", *types], TOKENS, small=True),
            Library("layers_" + suffix, model, ["tokens=1", "tokens=7", "tokens=128"], small=True),
        ]
    # Code that widens f16 is long: what adds little is left out of it, or the bundle would be too large to travel.
    for suffix, types in ("f32", []), ("bf16", HALF):
        ops = [tests + "ops-odd-sizes.mlir", "--isolate", *types]
        libraries.append(Library("ops_" + suffix, ops, LENGTHS, small=True))
    for suffix in "bf16", "f16":
        heads = [tests + "attention-tensor-cores.mlir", "--activations=" + suffix]
        libraries.append(Library("tensor_" + suffix, heads, TENSOR_LENGTHS, small=True))
    joined = [tests + "joined-odd-sizes.mlir", "--isolate", "--weights=f16", "--activations=f16"]
    libraries.append(Library("joined_f16", joined, TOKENS, small=True))
    libraries += [
        Library("more_ops", [tests + "ops.mlir"], ["tokens=1", "tokens=5", "tokens=13"], small=True),
        Library("attention", [tests + "attention.mlir"], LENGTHS + ["tokens=5,keys=0", "tokens=0,keys=5"], small=True),
    ]
    return [library for library in libraries if library.small or not small]


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError("%s\n%s%s" % (" ".join(command), done.stdout, done.stderr))


def build(library, arguments, folder):
    """Writes, links and keeps one library."""
    sizes = ["--sizes=" + sizes for sizes in library.checked] + ["--timed-sizes=" + sizes for sizes in library.timed]
    with tempfile.TemporaryDirectory() as made:
        target = "--target=" + arguments.target
        llamir = os.path.join(arguments.bin, "llamir")
        run(llamir, "bundle", *library.options, target, "--name=" + library.name, *sizes, "-o", made)
        objects = [os.path.join(made, name) for name in sorted(os.listdir(made)) if name.endswith(".o")]
        source = os.path.join(made, library.name + "_bundle.c")
        linked = os.path.join(folder, library.name + ".so")
        run(*arguments.cc.split(), "-shared", "-fPIC", "-O1", "-s", source, *objects, "-o", linked)
        shutil.copy(os.path.join(made, library.name + ".expected"), folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--target", required=True)
    parser.add_argument("--cc", required=True)
    parser.add_argument("--bin", default=os.path.dirname(shutil.which("llamir") or ""))
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    libraries = [library for library in get_libraries(arguments.small) if re.search(arguments.only, library.name)]
    if not libraries:
        sys.exit("make_bundle.py: no library has a name that matches '%s'" % arguments.only)
    if os.path.exists(arguments.folder) and os.listdir(arguments.folder):
        # Libraries of another bundle would be run with these.
        if not os.path.exists(os.path.join(arguments.folder, "run-bundle")):
            sys.exit("make_bundle.py: %s has files that are not those of a bundle" % arguments.folder)
        shutil.rmtree(arguments.folder)
    os.makedirs(arguments.folder, exist_ok=True)
    failed = False
    with concurrent.futures.ThreadPoolExecutor(max(len(os.sched_getaffinity(0)) // 2, 1)) as pool:
        started = {pool.submit(build, library, arguments, arguments.folder): library for library in libraries}
        for count, done in enumerate(concurrent.futures.as_completed(started), 1):
            name = started[done].name
            if sys.stderr.isatty():
                print("\r\033[K%d of %d libraries, %s" % (count, len(libraries), name), end="", file=sys.stderr)
            if done.exception():
                print("make_bundle.py: library '%s' failed: %s" % (name, done.exception()), file=sys.stderr)
                failed = True
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    if failed:
        sys.exit(1)
    shutil.copy(os.path.join(arguments.bin, "run-bundle"), arguments.folder)
    bytes = sum(os.path.getsize(os.path.join(arguments.folder, name)) for name in os.listdir(arguments.folder))
    print("%s: %d libraries for %s, %.1f MB" % (arguments.folder, len(libraries), arguments.target, bytes / 1e6))


main()
