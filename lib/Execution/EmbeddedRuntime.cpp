//===- EmbeddedRuntime.cpp - The runtime library as bytes -----------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The driver carries the runtime with it, so that it works wherever its file
// is.
//
//===----------------------------------------------------------------------===//

#include "llamir/Execution/Execution.h"

#define EMBED(NAME, PATH)                                                      \
  asm(".section .rodata\n"                                                     \
      ".balign 16\n"                                                           \
      ".global " #NAME "_begin\n" #NAME "_begin:\n"                            \
      ".incbin \"" PATH "\"\n"                                                 \
      ".global " #NAME "_end\n" #NAME "_end:\n"                                \
      ".byte 0\n"                                                              \
      ".text\n");                                                              \
  extern "C" const char NAME##_begin[], NAME##_end[];

EMBED(llamir_runtime_archive, LLAMIR_RUNTIME_ARCHIVE)
EMBED(llamir_runtime_header, LLAMIR_RUNTIME_HEADER)
EMBED(llamir_bundle_header, LLAMIR_BUNDLE_HEADER)

#define EMBEDDED(NAME)                                                         \
  llvm::StringRef(NAME##_begin, size_t(NAME##_end - NAME##_begin))

llvm::StringRef llamir::getRuntimeArchive() {
  return EMBEDDED(llamir_runtime_archive);
}

llvm::StringRef llamir::getRuntimeHeader() {
  return EMBEDDED(llamir_runtime_header);
}

llvm::StringRef llamir::getBundleHeader() {
  return EMBEDDED(llamir_bundle_header);
}
