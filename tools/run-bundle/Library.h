//===- Library.h - Libraries of a bundle ---------------------- -*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TOOLS_RUNBUNDLE_LIBRARY_H
#define LLAMIR_TOOLS_RUNBUNDLE_LIBRARY_H

#include "llamir/Runtime/llamir_bundle.h"
#include <string>
#include <vector>

namespace llamir {

/// A shared library that `llamir bundle` described, in a folder with its files.
struct Library {
  std::string folder;
  const llamir_bundle_library *description = nullptr;
  /// What is expected of its functions, as the description says where.
  std::vector<char> expected;

  std::string getPath(const char *file) const { return folder + "/" + file; }
};

/// Loads all `*.so` of a folder, by name. False, with a message, when there is
/// none, or one that does not load.
bool loadLibraries(const std::string &folder, std::vector<Library> &libraries);

/// A run of a function of a library.
struct CaseId {
  int32_t library, function, number;
};

/// All of them: those that check first, then those that are timed.
std::vector<CaseId> listCases(const std::vector<Library> &libraries);

inline const llamir_bundle_function &
getFunction(const std::vector<Library> &libraries, CaseId id) {
  return libraries[id.library].description->functions[id.function];
}

inline const llamir_bundle_case &getCase(const std::vector<Library> &libraries,
                                         CaseId id) {
  return getFunction(libraries, id).cases[id.number];
}

/// "tokens=7, keys=2".
std::string getSizesText(const llamir_bundle_function &function,
                         const llamir_bundle_case &of);

/// The elements of an array in this run.
int64_t countElements(const llamir_bundle_array &array, const int64_t *sizes);

} // namespace llamir

#endif // LLAMIR_TOOLS_RUNBUNDLE_LIBRARY_H
