//===- Tensor.cpp - A tensor of the reference evaluator -------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Reference/Tensor.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace llvm;
using namespace llamir::reference;

FailureOr<Tensor> Tensor::getZeros(ArrayRef<int64_t> shape) {
  // An allocation that cannot succeed would end the process, there being no
  // exceptions to catch: 2^40 elements are more than any machine holds.
  constexpr int64_t maxElements = int64_t(1) << 40;
  int64_t count = 1;
  for (int64_t size : shape)
    if (size < 0 || MulOverflow(count, size, count) || count > maxElements)
      return failure();
  return Tensor(shape, std::vector<double>(count));
}

void Tensor::copy(int64_t place, const Tensor &from, int64_t first,
                  int64_t count) {
  std::copy_n(from.data.begin() + first, count, data.begin() + place);
  if (from.bound.empty())
    return;
  bound.resize(data.size());
  std::copy_n(from.bound.begin() + first, count, bound.begin() + place);
}
