//===- ScheduleRecurrence.cpp - Linear attention on processors ------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Products of matrices of the size of a head, in register tiles of vectors by
// rows. A task takes one chunk of one head, which stays in the first cache; the
// scans before it take a head each.
//
//===----------------------------------------------------------------------===//

#include "../Strategy.h"
#include "Rows.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

using Tail = ScheduleBuilder::Tail;

namespace {
class RecurrenceSchedule {
public:
  explicit RecurrenceSchedule(ScheduleBuilder &s)
      : s(s), output(s.getFunc("output")),
        width(s.getOutputType().getShape()[0]) {}

  void schedule();

private:
  void scheduleChunks();
  void scheduleCarried();
  void scheduleState();
  void scheduleApplied();
  /// Computes a product of matrices at a loop: vectors along the first
  /// dimension, of `extent` elements, some rows of the second; `reductions` are
  /// the updates, each over one variable.
  void multiply(Value product, Value at, int64_t extent,
                int64_t reductions = 1);
  /// Computes a sum over elements that lie side by side.
  void sumUp(Value sum, Value at);

  ScheduleBuilder &s;
  Value output;
  int64_t width;
};
} // namespace

void RecurrenceSchedule::multiply(Value product, Value at, int64_t extent,
                                  int64_t reductions) {
  int64_t lanes = s.lanes(), vectors = 1;
  for (int64_t choice : {4, 3, 2})
    if (extent % (choice * lanes) == 0) {
      vectors = choice;
      break;
    }
  // Accumulators, a row of the one and an element of the other matrix.
  int64_t rows = lanes >= 16 ? 6 : 3;
  rows = vectors == 1 ? 2 * rows : rows;
  Tail tail = extent % lanes == 0 ? Tail::Auto : Tail::GuardWithIf;
  if (at)
    s.computeAt(product, at);
  size_t rank = cast<FuncType>(product.getType()).getRank();
  s.vectorize(s.loops(product)[0], tail);
  for (int64_t update = 0; update < reductions; ++update) {
    SmallVector<Value> loops = s.loops(product, update, 1);
    auto [outer, inner] = s.split(loops[0], vectors * lanes, tail);
    auto [rowTile, row] = s.split(loops[1], rows, Tail::GuardWithIf);
    SmallVector<Value> order = {inner, row, loops[rank], outer, rowTile};
    s.reorder(order);
    s.unroll(s.vectorize(inner));
    s.unroll(row);
  }
}

void RecurrenceSchedule::sumUp(Value sum, Value at) {
  s.computeAt(sum, at);
  s.atomic(sum, 0);
  size_t rank = cast<FuncType>(sum.getType()).getRank();
  s.vectorizeWhole(
      s.split(s.loops(sum, 0, 1)[rank], s.lanes(), Tail::GuardWithIf).second);
}

/// What all chunks before each have: the heads side by side.
void RecurrenceSchedule::scheduleCarried() {
  Value carried = s.getFunc("carried"), keys = s.getFunc("carried_keys"),
        chunkState = s.getFunc("chunk_state"),
        chunkKeys = s.getFunc("chunk_keys");
  s.computeRoot(carried);
  SmallVector<Value> loops = s.loops(carried); // e, d, h, c
  s.vectorize(loops[0], Tail::GuardWithIf);
  s.parallel(loops[2]);
  loops = s.loops(carried, 0, 1); // e, d, h, c, b
  s.reorder({loops[0], loops[1], loops[4], loops[2]});
  s.vectorize(loops[0], Tail::GuardWithIf);
  s.parallel(loops[2]);
  multiply(chunkState, loops[4], width);
  s.computeRoot(keys);
  s.vectorize(s.loops(keys)[0], Tail::GuardWithIf);
  loops = s.loops(keys, 0, 1); // d, h, c, b
  s.reorder({loops[0], loops[3], loops[1]});
  s.vectorize(loops[0], Tail::GuardWithIf);
  s.parallel(loops[1]);
  s.computeAt(chunkKeys, loops[3]);
  addRows(s, chunkKeys);
}

void RecurrenceSchedule::scheduleChunks() {
  SmallVector<Value> loops = s.loops(output); // e, h, t
  auto [chunk, token] =
      s.split(loops[2], tokensOfChunk, Tail::GuardWithIf, "chunk", "token");
  s.reorder({loops[0], token, loops[1], chunk});
  s.vectorize(loops[0], Tail::GuardWithIf);
  Value task = s.fuse(loops[1], chunk, "task");
  s.parallel(task);
  multiply(s.getFunc("numerator"), task, width, 2);
  multiply(s.getFunc("scores"), task, tokensOfChunk);
  for (StringRef role : {"queries", "keys", "weights"}) {
    Value func = s.getFunc(role);
    s.computeAt(func, task);
    s.vectorize(s.loops(func)[0], Tail::GuardWithIf);
  }
  Value prefix = s.getFunc("prefix");
  s.computeAt(prefix, task);
  s.vectorize(s.loops(prefix)[0], Tail::GuardWithIf);
  loops = s.loops(prefix, 0, 1); // d, r, h, c, p
  s.reorder({loops[0], loops[4]});
  s.vectorize(loops[0], Tail::GuardWithIf);
  sumUp(s.getFunc("denominator"), task);
  scheduleCarried();
}

void RecurrenceSchedule::scheduleState() {
  SmallVector<Value> loops = s.loops(output); // e, row
  s.vectorize(loops[0], Tail::GuardWithIf);
  Value state = s.getFunc("state"), keys = s.getFunc("state_keys");
  s.computeRoot(state);
  multiply(state, Value(), width - 1);
  s.parallel(s.loops(state)[2]);
  s.parallel(s.loops(state, 0, 1)[2]);
  s.computeRoot(keys);
  addRows(s, keys);
}

void RecurrenceSchedule::scheduleApplied() {
  SmallVector<Value> loops = s.loops(output); // e, h, t
  Value task = s.fuse(loops[1], loops[2], "task");
  s.parallel(task);
  s.vectorize(loops[0], Tail::GuardWithIf);
  Value applied = s.getFunc("applied");
  s.computeAt(applied, task);
  addRows(s, applied);
  s.computeAt(s.getFunc("applied_keys"), task);
}

void RecurrenceSchedule::schedule() {
  boundOutput(s, output);
  if (s.getFunc("numerator"))
    scheduleChunks();
  else if (s.getFunc("state"))
    scheduleState();
  else
    scheduleApplied();
}

std::optional<Mismatch>
llamir::scheduleProcessorRecurrence(ScheduleBuilder &s) {
  static constexpr StringRef groups[][11] = {
      {"chunk_state", "carried", "chunk_keys", "carried_keys", "queries",
       "keys", "scores", "weights", "numerator", "prefix", "denominator"},
      {"state", "state_keys"},
      {"applied", "applied_keys"}};
  bool isWhole = llvm::any_of(groups, [&](ArrayRef<StringRef> group) {
    return llvm::all_of(
        group, [&](StringRef role) { return role.empty() || s.getFunc(role); });
  });
  if (!isWhole)
    return Mismatch{"funcs of its chunks or states are missing", true};
  // The columns of states are one dimension, values of heads are two.
  if (s.getOutputType().getShape().size() != (s.getFunc("state") ? 2 : 3))
    return Mismatch{"its output is not what it computes of tokens"};
  RecurrenceSchedule(s).schedule();
  return std::nullopt;
}
