//===- ScheduleElementwise.cpp - Element-wise kernels on devices ----------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Strategy.h"
#include "Grid.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

using Tail = ScheduleBuilder::Tail;

/// A vector of elements a thread, where the device has vectors. Of a rotation
/// it takes both of the elements that a pair has, for some heads: their sines
/// and cosines are computed once, which takes less time than reading them.
std::optional<Mismatch> llamir::scheduleDeviceElementwise(ScheduleBuilder &s) {
  Value output = s.getFunc("output"), rotation = s.getFunc("rotation");
  boundOutput(s, output);
  spreadLength(s);
  s.setWholeRows();
  SmallVector<Value> loops = s.loops(output);
  int64_t lanes = getVectorLanes(s, s.getOutputType().getElementType(),
                                 s.getOutputType().getShape()[0]);
  if (lanes == 1) {
    spread(s, loops);
    return std::nullopt;
  }
  auto [vector, element] =
      s.split(loops[0], lanes, Tail::RoundUp, "vector", "element");
  s.vectorizeWhole(element);
  loops[0] = vector;
  if (!rotation || loops.size() != 4) {
    spread(s, loops);
    return std::nullopt;
  }
  int64_t heads = s.getOutputType().getShape()[2], together = 4;
  while (heads % together != 0)
    together /= 2;
  auto [group, head] =
      s.split(loops[2], together, Tail::RoundUp, "group", "head");
  s.reorder({element, loops[1], head, vector, group, loops[3]});
  s.unroll(loops[1]);
  s.unroll(head);
  Value thread = spread(s, {vector, group, loops[3]});
  s.computeAt(rotation, thread);
  s.storeIn(rotation, MemoryType::Register);
  s.boundExtent(rotation, 0, lanes);
  s.boundExtent(rotation, 1, 1);
  s.vectorizeWhole(s.loops(rotation)[0]);
  return std::nullopt;
}
