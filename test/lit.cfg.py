"""How lit finds and runs the tests that have RUN lines; docs/testing.md says what a test may use."""

import os
import shlex
import shutil
import subprocess
import sys

import lit.formats

source = config.llamir_source_dir
binary = config.llamir_binary_dir

config.name = "llamir"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test", ".c"]
# Inputs of other tests, C++ tests and benchmarks have no RUN lines.
config.excludes = ["Inputs", "unit", "bench"]
config.test_source_root = os.path.join(source, "test")
config.test_exec_root = os.path.join(binary, "test")

# llamir's programs, then FileCheck, not, count, split-file and the like.
config.environment["PATH"] = os.pathsep.join(
    [os.path.join(binary, "bin"), config.llamir_llvm_tools_dir, os.environ["PATH"]]
)


def word(name):
    """A pattern for `name` as a command of its own: not a part of a path, an option or a file name."""
    return r"(?<![\w./=-])%s(?![\w./=-])" % name


# Whatever a test feeds to llamir-opt must also survive printing and parsing again.
if os.environ.get("LLAMIR_VERIFY_ROUNDTRIP", "1") != "0":
    config.substitutions.append((word("llamir-opt"), "llamir-opt --verify-roundtrip"))

# A program linked with llamir's runtime library needs the sanitizers that the library was built with.
compiler = config.llamir_c_compiler
if config.llamir_sanitize:
    compiler += " -fsanitize=" + config.llamir_sanitize
    config.available_features.add("sanitize")
    # LLVM's allocators poison what they have not handed out yet, but only in code that is compiled with the sanitizer:
    # memory that a header's half poisons here is handed out by the packaged libraries, which take nothing back.
    config.environment["ASAN_OPTIONS"] = "allow_user_poisoning=0"
    # libHalide compiles on a stack of its own, which the sanitizer warns about wherever an exception leaves it.
    config.environment["HL_COMPILER_STACK_SIZE"] = "0"

# lit replaces one after the other, so no name may be the beginning of a later one.
config.substitutions += [
    ("%cc", compiler),
    # A mutant takes a second with sanitizers, and a few hundredths without.
    ("%mutants", "150" if config.llamir_sanitize else "1200"),
    ("%python", shlex.quote(sys.executable)),
    ("%examples", os.path.join(source, "examples")),
    ("%llamir_include", os.path.join(source, "include")),
    ("%llamir_rt", os.path.join(binary, "lib", "libllamir_rt.a")),
    ("%unit_suite", os.path.join(binary, "test", "unit-suite")),
]

# More checkpoints and numbers computed elsewhere, too big to be part of the project.
data = os.environ.get("LLAMIR_TEST_DATA") or os.path.join(os.path.dirname(source), "shared")
missing = [name for name in ("goldens", "models") if not os.path.isdir(os.path.join(data, name))]
if not missing:
    config.available_features.add("test-data")
elif os.environ.get("LLAMIR_TEST_DATA"):
    lit_config.fatal("LLAMIR_TEST_DATA=%s has no folder %s" % (data, " and no folder ".join(missing)))
else:
    lit_config.note("%s has no folder %s: tests that need it are skipped" % (data, " and no folder ".join(missing)))
config.substitutions.append(("%shared", data))

# What this machine's processor can execute.
processor_flags = set()
with open("/proc/cpuinfo") as info:
    for line in info:
        if line.startswith("flags"):
            processor_flags.update(line.split(":", 1)[1].split())
            break
for feature, flags in {
    "avx2": {"avx2", "fma", "f16c"},
    "avx512": {"avx512f", "avx512bw", "avx512dq", "avx512vl"},
    "avx512-bf16": {"avx512f", "avx512bw", "avx512_bf16"},
    "amx": {"avx512f", "avx512_bf16", "amx_tile", "amx_bf16"},
    "avx512-vnni": {"avx512f", "avx512bw", "avx512_vnni"},
}.items():
    if flags <= processor_flags:
        config.available_features.add(feature)


def why_not(target):
    """What llamir says when it cannot run a kernel on a device, or nothing."""
    command = [os.path.join(binary, "bin", "llamir"), "run", os.path.join(source, "test", "tools", "Inputs", "add.mlir")]
    try:
        ran = subprocess.run(command + ["--target=" + target], capture_output=True, text=True, timeout=120)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return ran.stderr.strip() or "llamir ended with %d" % ran.returncode if ran.returncode else ""


if shutil.which("ptxas") or os.path.exists("/usr/local/cuda/bin/ptxas"):
    config.available_features.add("ptxas")

# What kernels can run on beside the processor.
for device in ("cuda", "opencl", "vulkan"):
    reason = why_not(device)
    if reason:
        lit_config.note("no tests on %s: %s" % (device, reason))
    else:
        config.available_features.add(device)
