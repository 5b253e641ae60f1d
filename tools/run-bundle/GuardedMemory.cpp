//===- GuardedMemory.cpp - Memory between guard zones ---------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GuardedMemory.h"
#include <algorithm>
#include <utility>

using namespace llamir;

/// All bits set: a NaN in each element type.
static constexpr char nan = -1;

GuardedMemory::~GuardedMemory() { llamir_free(device, begin); }

GuardedMemory::GuardedMemory(GuardedMemory &&other) {
  *this = std::move(other);
}

GuardedMemory &GuardedMemory::operator=(GuardedMemory &&other) {
  std::swap(device, other.device);
  std::swap(begin, other.begin);
  std::swap(bytes, other.bytes);
  return *this;
}

bool GuardedMemory::allocate(llamir_device on, int64_t size,
                             const char *content) {
  // Pieces of so many bytes, so that a large array needs no large copy of NaNs.
  constexpr int64_t piece = 1 << 24;
  device = on;
  bytes = size;
  begin = static_cast<char *>(llamir_allocate(device, bytes + 2 * guard));
  if (!begin)
    return false;
  std::vector<char> nans(std::max(std::min(bytes, piece), guard), nan);
  auto copy = [&](int64_t to, const char *from, int64_t count) {
    return llamir_copy_to_device(device, begin + to, from, count) == LLAMIR_OK;
  };
  if (!copy(0, nans.data(), guard) || !copy(guard + bytes, nans.data(), guard))
    return false;
  if (content)
    return copy(guard, content, bytes);
  for (int64_t done = 0; done < bytes; done += piece)
    if (!copy(guard + done, nans.data(), std::min(piece, bytes - done)))
      return false;
  return true;
}

bool GuardedMemory::read(std::vector<char> &to) const {
  to.resize(bytes);
  return llamir_copy_from_device(device, to.data(), get(), bytes) == LLAMIR_OK;
}

bool GuardedMemory::isIntact(bool &failed) const {
  std::vector<char> zone(guard);
  for (int64_t place : {int64_t(0), guard + bytes}) {
    if (llamir_copy_from_device(device, zone.data(), begin + place, guard)) {
      failed = true;
      return false;
    }
    if (std::any_of(zone.begin(), zone.end(),
                    [](char byte) { return byte != nan; }))
      return false;
  }
  return true;
}
