//===- EmitHalideRuntime.cpp - Write Halide's runtime as an object --------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Run when llamir is built: what kernels need (threads, memory, errors,
// devices) becomes a part of libllamir_rt.a.
//
//===----------------------------------------------------------------------===//

#include "Halide.h"
#include <iostream>

int main(int argc, char **argv) {
  if (argc != 2) {
    std::cerr << "usage: emit-halide-runtime OUTPUT.o\n";
    return 1;
  }
  Halide::compile_standalone_runtime(
      argv[1], Halide::Target("x86-64-linux-cuda-opencl-vulkan"));
  return 0;
}
