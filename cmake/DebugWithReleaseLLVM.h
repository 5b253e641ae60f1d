//===- DebugWithReleaseLLVM.h - Assertions beside a release -----*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Included before everything else in a build with assertions. A packaged
// libMLIR.so is built with NDEBUG, and the size of a pass's statistics depends
// on that macro: a pass compiled without it would have another layout than the
// library's code expects.
//
//===----------------------------------------------------------------------===//

#ifndef NDEBUG
#define NDEBUG
#include "llvm/ADT/Statistic.h"
#undef NDEBUG
#include <cassert>
#endif
