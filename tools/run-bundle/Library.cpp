//===- Library.cpp - Libraries of a bundle --------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Library.h"
#include <algorithm>
#include <cstdio>
#include <dirent.h>
#include <dlfcn.h>

using namespace llamir;

/// Names of the shared libraries in a folder, sorted.
static std::vector<std::string> listNames(const std::string &folder) {
  std::vector<std::string> names;
  DIR *directory = opendir(folder.c_str());
  if (!directory)
    return names;
  while (dirent *entry = readdir(directory)) {
    std::string name = entry->d_name;
    if (name.size() > 3 && name.compare(name.size() - 3, 3, ".so") == 0)
      names.push_back(name);
  }
  closedir(directory);
  std::sort(names.begin(), names.end());
  return names;
}

static bool readFile(const std::string &path, std::vector<char> &bytes) {
  FILE *file = fopen(path.c_str(), "rb");
  if (!file)
    return false;
  char part[1 << 16];
  size_t count;
  while ((count = fread(part, 1, sizeof(part), file)) > 0)
    bytes.insert(bytes.end(), part, part + count);
  bool whole = !ferror(file);
  fclose(file);
  return whole;
}

/// Whether all that the description names lies in the file.
static bool fits(const llamir_bundle_library &description, size_t bytes) {
  auto inside = [&](int64_t begin, int64_t count, size_t size) {
    return begin >= 0 && count >= 0 && uint64_t(begin) <= bytes &&
           uint64_t(count) <= (bytes - uint64_t(begin)) / size;
  };
  for (int32_t f = 0; f < description.num_functions; ++f) {
    const llamir_bundle_function &function = description.functions[f];
    for (int32_t c = 0; c < function.num_cases; ++c)
      for (int32_t r = 0;
           function.cases[c].expected && r < function.num_results; ++r) {
        const llamir_bundle_expected &of = function.cases[c].expected[r];
        if (!inside(of.numbers, of.count, sizeof(double)) ||
            !inside(of.bounds, of.count, sizeof(float)))
          return false;
      }
  }
  return true;
}

static bool load(const std::string &folder, const std::string &name,
                 Library &library) {
  library.folder = folder;
  std::string path = folder + "/" + name;
  void *handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    fprintf(stderr, "run-bundle: error: %s\n", dlerror());
    return false;
  }
  library.description = static_cast<const llamir_bundle_library *>(
      dlsym(handle, "llamir_bundle"));
  if (!library.description) {
    fprintf(stderr, "run-bundle: error: %s is no library of a bundle\n",
            path.c_str());
    return false;
  }
  std::string expected = library.getPath(library.description->expected_file);
  if (readFile(expected, library.expected) &&
      fits(*library.description, library.expected.size()))
    return true;
  fprintf(stderr, "run-bundle: error: %s cannot be read or is not that of %s\n",
          expected.c_str(), path.c_str());
  return false;
}

bool llamir::loadLibraries(const std::string &folder,
                           std::vector<Library> &libraries) {
  for (const std::string &name : listNames(folder))
    if (!load(folder, name, libraries.emplace_back()))
      return false;
  if (libraries.empty())
    fprintf(stderr, "run-bundle: error: there is no library in %s\n",
            folder.c_str());
  return !libraries.empty();
}

std::vector<CaseId> llamir::listCases(const std::vector<Library> &libraries) {
  std::vector<CaseId> cases;
  for (bool timed : {false, true})
    for (size_t l = 0; l < libraries.size(); ++l) {
      const llamir_bundle_library &library = *libraries[l].description;
      for (int32_t f = 0; f < library.num_functions; ++f)
        for (int32_t c = 0; c < library.functions[f].num_cases; ++c)
          if (bool(library.functions[f].cases[c].timed) == timed)
            cases.push_back({int32_t(l), f, c});
    }
  return cases;
}

std::string llamir::getSizesText(const llamir_bundle_function &function,
                                 const llamir_bundle_case &of) {
  std::string text;
  for (int32_t i = 0; i < function.num_sizes; ++i)
    text += (i ? ", " : "") + std::string(function.sizes[i]) + "=" +
            std::to_string(of.sizes[i]);
  return text;
}

int64_t llamir::countElements(const llamir_bundle_array &array,
                              const int64_t *sizes) {
  int64_t elements = 1;
  for (int32_t i = 0; i < array.rank; ++i)
    elements *=
        array.shape[i] < 0 ? sizes[-1 - array.shape[i]] : array.shape[i];
  return elements;
}
