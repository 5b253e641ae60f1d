//===- LibraryPages.cpp - Memory that libraries take ----------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Support/LibraryPages.h"
#include <cstdint>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

/// Whether the loader wrote into code: then pages are no copies of the file.
static bool hasTextRelocations(const dl_phdr_info &object) {
  for (unsigned i = 0; i < object.dlpi_phnum; ++i) {
    const ElfW(Phdr) &header = object.dlpi_phdr[i];
    if (header.p_type != PT_DYNAMIC)
      continue;
    auto *entry =
        reinterpret_cast<const ElfW(Dyn) *>(object.dlpi_addr + header.p_vaddr);
    for (; entry->d_tag != DT_NULL; ++entry)
      if (entry->d_tag == DT_TEXTREL ||
          (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL)))
        return true;
  }
  return false;
}

static int dropPages(dl_phdr_info *object, size_t, void *) {
  if (hasTextRelocations(*object))
    return 0;
  uintptr_t page = sysconf(_SC_PAGESIZE);
  for (unsigned i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr) &header = object->dlpi_phdr[i];
    if (header.p_type != PT_LOAD || (header.p_flags & PF_W))
      continue;
    // Whole pages of the segment: at its ends another one may begin.
    uintptr_t begin = object->dlpi_addr + header.p_vaddr;
    uintptr_t end = (begin + header.p_filesz) & ~(page - 1);
    begin = (begin + page - 1) & ~(page - 1);
    if (begin < end)
      madvise(reinterpret_cast<void *>(begin), end - begin, MADV_DONTNEED);
  }
  return 0;
}

void llamir::dropLibraryPages() { dl_iterate_phdr(dropPages, nullptr); }
