//===- LlamaInterfaces.cpp - What an op says about itself -----------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/llama/LlamaDialect.h"

using namespace mlir;

#include "dialects/llama/LlamaInterfaces.cpp.inc"
