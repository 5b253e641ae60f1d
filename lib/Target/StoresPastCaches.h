//===- StoresPastCaches.h - Results that no cache holds ---------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_TARGET_STORESPASTCACHES_H
#define LLAMIR_LIB_TARGET_STORESPASTCACHES_H

#include "llvm/ADT/StringRef.h"

namespace llvm {
class Module;
} // namespace llvm

namespace llamir {

/// The name of loops whose tasks store past the caches: libHalide 21 has no
/// such stores, but a function for the tasks of a loop that is called after it.
constexpr llvm::StringLiteral pastCachesName = "past_caches";

/// Has the functions of such tasks store vectors past the caches where they
/// begin at multiples of their size, and prefetch to the first-level cache. At
/// their ends other processors see what they stored.
void storePastCaches(llvm::Module &module);

} // namespace llamir

#endif // LLAMIR_LIB_TARGET_STORESPASTCACHES_H
