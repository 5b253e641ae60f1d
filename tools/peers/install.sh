# The programs that a block is measured beside: installs them and runs bench.py. tools/dev reads this file, whose
# functions and variables it uses.

peers_venv=$root/.venv-peers
peers=$root/.cache/peers
peers_requirements=$root/tools/peers/requirements.txt
# Without OpenMP, of which clang has none in its package; llama.cpp's own threads do as well.
llama_cpp_options=(
  -DCMAKE_BUILD_TYPE=Release "-DCMAKE_C_COMPILER=clang-$llvm" "-DCMAKE_CXX_COMPILER=clang++-$llvm"
  -DBUILD_SHARED_LIBS=OFF -DGGML_NATIVE=ON -DGGML_OPENMP=OFF -DGGML_CCACHE=OFF -DLLAMA_CURL=OFF -DLLAMA_OPENSSL=OFF
  -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_SERVER=OFF -DLLAMA_BUILD_APP=OFF
  -DLLAMA_BUILD_UI=OFF
)

bench_peers() {
  local bench=$root/tools/peers/bench.py argument
  # Single ops have a file of their own, and PyTorch only.
  if [ "${1-}" = --suite=ops ]; then
    shift
    ensure_peers
    PATH="$root/build/bin:$PATH" "$peers_venv/bin/python" "$root/tools/peers/ops.py" "$@"
    return
  fi
  for argument in "$@"; do
    case $argument in
      -h | --help | --dry-run)
        "$venv/bin/python" "$bench" "$@"
        return
        ;;
    esac
  done
  # Wrong arguments are wrong before anything is installed.
  "$venv/bin/python" "$bench" --dry-run "$@" >/dev/null
  ensure_peers
  "$peers_venv/bin/python" "$bench" "$@"
}

# Native code is for this processor only.
peers_stamp() {
  printf '%s\n' "$root" "$(sed '/^#/d' "$peers_requirements")" "${llama_cpp_options[*]}"
  grep -m 1 '^flags' /proc/cpuinfo
}

# Installs what it can. What failed is left in the folder `failed`, for the table, and tried again the next time.
ensure_peers() {
  if [ "$(cat "$peers_venv/stamp" 2>/dev/null)" = "$(peers_stamp)" ] &&
    "$peers_venv/bin/python" -c '' >/dev/null 2>&1 && [ -x "$peers/build/bin/llama-bench" ]; then
    return
  fi
  local python requirement
  python=$(find_python) || die "no Python 3.9 to 3.13 that can make a virtual environment"
  rm -rf "$peers_venv" "$peers/failed"
  mkdir -p "$peers/failed"
  logged peers-venv "making the virtual environment" "$python" -m venv "$peers_venv"

  # PyTorch compiles what it generates with g++ and Python's headers.
  attempt g++ "installing g++" ensure_packages g++
  if ! "$python" -c 'import os, sysconfig; os.stat(sysconfig.get_path("include") + "/Python.h")' 2>/dev/null; then
    attempt g++ "installing Python's headers" ensure_packages python3-dev
  fi
  while read -r requirement; do
    case $requirement in
      "#"* | "") ;;
      llama-cpp-python==*)
        say "Building llama.cpp of $requirement"
        attempt llama-cpp-python "building llama.cpp" build_llama_cpp "$requirement"
        ;;
      *)
        say "Installing $requirement into .venv-peers"
        attempt "${requirement%%==*}" "installing $requirement" "$peers_venv/bin/python" -m pip install \
          --only-binary=:all: --disable-pip-version-check "$requirement"
        ;;
    esac
  done <"$peers_requirements"
  if rmdir "$peers/failed" 2>/dev/null; then peers_stamp >"$peers_venv/stamp"; fi
}

# attempt PACKAGE WHAT COMMAND...: as logged, but a failure becomes the reason why the peers that need it do not run.
attempt() {
  if (logged "peers-$1" "$2" "${@:3}"); then return; fi
  echo "$2 failed; see .cache/dev/peers-$1.log" >"$peers/failed/$1"
}

build_llama_cpp() {
  export PATH="$peers_venv/bin:$PATH"
  rm -rf "$peers/download" "$peers/llama.cpp" "$peers/build" &&
    mkdir -p "$peers/download" "$peers/llama.cpp" &&
    python -m pip download --no-deps --no-binary=llama-cpp-python --disable-pip-version-check \
      -d "$peers/download" "$1" &&
    # Its .git, which leads nowhere, keeps the build from taking the commit of this checkout for its own.
    tar -xzf "$peers"/download/*.tar.gz -C "$peers/llama.cpp" --strip-components=3 --wildcards '*/vendor/llama.cpp' &&
    cmake -S "$peers/llama.cpp" -B "$peers/build" -G Ninja "${llama_cpp_options[@]}" &&
    ninja -C "$peers/build" llama-bench &&
    rm -rf "$peers/download" &&
    printf '%s\n' "$1" "clang-$llvm ${llama_cpp_options[*]}" >"$peers/built"
}
