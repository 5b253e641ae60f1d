//===- ScheduleAttention.cpp - Attention on devices -----------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A block of threads computes some rows of one head: it goes over blocks of
// keys, and merges what each has to say. With one token, blocks of keys are
// computed side by side and merged by blocks of their own.
//
//===----------------------------------------------------------------------===//

#include "../Strategy.h"
#include "Grid.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

using Tail = ScheduleBuilder::Tail;

/// Threads of a block: keys, or elements of a value.
static constexpr int64_t threads = 128;
/// Keys of a block are at most these.
static constexpr int64_t keysOfBlock = 256;

namespace {
class DeviceAttention {
public:
  DeviceAttention(ScheduleBuilder &s, AttentionTileKind kind);

  bool exists() {
    return bool(getFunc("output", false)) && bool(getFunc("merged"));
  }
  void scheduleOutput(Value output);

  int64_t tokensOfTile;

private:
  Value getFunc(StringRef name, bool prefixed = true) {
    return s.getFunc(prefixed ? prefix + name.str() : name.str());
  }
  /// In the order of the loops of a func of pairs.
  Value getRow(ArrayRef<Value> loops) { return loops[isSingle() ? 1 : 0]; }
  Value getKey(ArrayRef<Value> loops) { return loops[isSingle() ? 0 : 1]; }
  bool isSingle() const { return kind == AttentionTileKind::Single; }
  void chooseRows();
  Value splitThreads(Value loop, StringRef name);
  void scheduleTiles(Value output);
  void scheduleSingle(Value output);
  void scheduleKeys(Value block, Value element);
  void scheduleMerged(Value block);

  ScheduleBuilder &s;
  AttentionTileKind kind;
  std::string prefix;
  int64_t valueDim, grouped, kvHeads;
  /// Tokens, and heads of a group, whose rows one block computes.
  int64_t tokensOfBlock = 1, headsOfBlock = 1;
};
} // namespace

DeviceAttention::DeviceAttention(ScheduleBuilder &s, AttentionTileKind kind)
    : s(s), kind(kind), prefix(getPrefix(kind)) {
  // (element, head in the group, key head, token).
  ArrayRef<int64_t> shape = s.getOutputType().getShape();
  valueDim = shape[0];
  grouped = shape[1];
  kvHeads = shape[2];
  tokensOfTile = getTokensOfTile(kind, grouped);
  chooseRows();
}

/// As many rows as the memory of a block holds: maximum, sum and result of each
/// element, the query, scores and weights of all keys.
void DeviceAttention::chooseRows() {
  int64_t bytesOfRow = 4 * (4 * valueDim + 2 * keysOfBlock + 2);
  int64_t rows = std::clamp<int64_t>(
      s.target.getDevice().sharedBytes * 3 / 4 / bytesOfRow, 1, 8);
  auto divide = [](int64_t of, int64_t most) {
    int64_t divisor = std::min(of, most);
    while (of % divisor != 0)
      --divisor;
    return divisor;
  };
  headsOfBlock = isSingle() ? grouped : divide(grouped, rows);
  if (headsOfBlock == grouped && tokensOfTile > 0)
    tokensOfBlock = divide(tokensOfTile, std::max<int64_t>(1, rows / grouped));
}

/// Maps a loop to the threads of a block, several steps to each if it is long.
Value DeviceAttention::splitThreads(Value loop, StringRef name) {
  auto [step, thread] = s.split(loop, threads, Tail::GuardWithIf,
                                (name + "_step").str(), (name + "_in").str());
  s.gpuThreads(thread);
  return thread;
}

/// What a block of keys has to say, computed in `block`; the result of an
/// element in its thread.
void DeviceAttention::scheduleKeys(Value block, Value element) {
  Value masked = getFunc("masked"), scores = getFunc("scores"),
        weights = getFunc("weights"), result = getFunc("block_result");
  int64_t rows = tokensOfBlock * headsOfBlock;
  s.computeAt(masked, block);
  s.storeIn(masked, MemoryType::GPUShared);
  SmallVector<Value> loops = s.loops(masked);
  Value row = getRow(loops);
  auto [step, thread] =
      s.split(getKey(loops), threads, Tail::GuardWithIf, "key_step", "key_in");
  s.reorder({row, thread, step});
  s.gpuThreads(thread);
  // A thread computes the scores of all rows by its key.
  s.computeAt(scores, thread);
  s.storeIn(scores, MemoryType::Register);
  s.boundExtent(scores, isSingle() ? 1 : 0, rows);
  s.boundExtent(scores, isSingle() ? 0 : 1, 1);
  loops = s.loops(scores);
  s.unroll(getRow(loops));
  loops = s.loops(scores, 0, 1); // …, d
  s.reorder(
      {getRow(loops), getKey(loops), loops[2], loops[3], loops[4], loops[5]});
  s.unroll(getRow(loops));

  for (StringRef name : {"block_max", "block_sum"}) {
    Value reduced = getFunc(name);
    s.computeAt(reduced, block);
    s.storeIn(reduced, MemoryType::GPUShared);
    s.gpuThreads(s.loops(reduced)[0]);
    loops = s.loops(reduced, 0, 1); // r, b, n, h, key
    s.reorder({loops[4], loops[0]});
    s.gpuThreads(loops[0]);
  }
  s.computeAt(weights, block);
  s.storeIn(weights, MemoryType::GPUShared);
  loops = s.loops(weights);
  row = getRow(loops);
  auto [weightStep, weightThread] =
      s.split(getKey(loops), threads, Tail::GuardWithIf, "key_step", "key_in");
  s.reorder({row, weightThread, weightStep});
  s.gpuThreads(weightThread);

  s.computeAt(result, element);
  s.storeIn(result, MemoryType::Register);
  s.boundExtent(result, 0, 1);
  s.boundExtent(result, 1, rows);
  s.unroll(s.loops(result)[1]);
  loops = s.loops(result, 0, 1); // d, r, b, n, h, key
  s.reorder({loops[1], loops[0], loops[2], loops[3], loops[4], loops[5]});
  s.unroll(loops[1]);
}

/// Merges blocks of keys one after the other, in the memory of a block.
void DeviceAttention::scheduleMerged(Value block) {
  Value merged = getFunc("merged"), queries = getFunc("queries");
  s.computeAt(merged, block);
  s.storeIn(merged, MemoryType::GPUShared);
  SmallVector<Value> loops = s.loops(merged); // d, r, n, h
  auto [step, thread] =
      s.split(loops[0], threads, Tail::GuardWithIf, "d_step", "d_in");
  s.reorder({loops[1], thread, step});
  s.gpuThreads(thread);
  loops = s.loops(merged, 0, 1); // d, r, n, h, b
  auto [d_step, d] =
      s.split(loops[0], threads, Tail::GuardWithIf, "d_step", "d_in");
  s.reorder({loops[1], d, d_step, loops[2], loops[3], loops[4]});
  s.gpuThreads(d);
  scheduleKeys(loops[4], d);

  s.computeAt(queries, block);
  s.storeIn(queries, MemoryType::GPUShared);
  loops = s.loops(queries); // r, d, n, h
  auto [queryStep, queryThread] =
      s.split(loops[1], threads, Tail::GuardWithIf, "d_step", "d_in");
  s.reorder({loops[0], queryThread, queryStep});
  s.gpuThreads(queryThread);
}

void DeviceAttention::scheduleTiles(Value output) {
  SmallVector<Value> loops = s.loops(output); // d, g, h, t
  auto [tile, inTile] =
      s.split(loops[3], tokensOfTile, Tail::GuardWithIf, "tile", "in_tile");
  auto [part, token] =
      s.split(inTile, tokensOfBlock, Tail::GuardWithIf, "part", "token");
  auto [heads, head] =
      s.split(loops[1], headsOfBlock, Tail::GuardWithIf, "heads", "head");
  auto [step, element] =
      s.split(loops[0], threads, Tail::GuardWithIf, "step", "element");
  s.reorder({head, token, element, step, part, heads, loops[2], tile});
  Value allHeads = s.fuse(heads, loops[2], "all_heads");
  s.gpuThreads(element);
  s.gpuBlocks(part);
  s.gpuBlocks(allHeads);
  s.gpuBlocks(tile);
  scheduleMerged(part);
}

void DeviceAttention::scheduleSingle(Value output) {
  SmallVector<Value> loops = s.loops(output); // d, g, h, t
  auto [step, element] =
      s.split(loops[0], threads, Tail::GuardWithIf, "step", "element");
  s.reorder({loops[1], element, step, loops[2], loops[3]});
  s.gpuThreads(element);
  s.gpuBlocks(loops[2]);
  Value head = loops[2], token = loops[3];

  Value part = getFunc("part");
  s.computeAt(part, token);
  loops = s.loops(part); // d, r, b, n, h
  auto [partStep, partElement] =
      s.split(loops[0], threads, Tail::GuardWithIf, "step", "element");
  s.reorder({loops[1], partElement, partStep, loops[2], loops[3], loops[4]});
  s.gpuThreads(partElement);
  s.gpuBlocks(loops[2]);
  s.gpuBlocks(loops[3]);
  s.gpuBlocks(loops[4]);
  scheduleKeys(loops[2], partElement);
  Value queries = getFunc("query_rows");
  Value block = loops[2];
  s.computeAt(queries, block);
  s.storeIn(queries, MemoryType::GPUShared);
  loops = s.loops(queries); // d, r, n, h
  auto [queryStep, queryThread] =
      s.split(loops[0], threads, Tail::GuardWithIf, "d_step", "d_in");
  s.reorder({loops[1], queryThread, queryStep});
  s.gpuThreads(queryThread);

  Value merged = getFunc("merged");
  s.computeAt(merged, head);
  s.storeIn(merged, MemoryType::GPUShared);
  loops = s.loops(merged);
  auto [d_step, d] =
      s.split(loops[0], threads, Tail::GuardWithIf, "d_step", "d_in");
  s.reorder({loops[1], d, d_step});
  s.gpuThreads(d);
  loops = s.loops(merged, 0, 1); // d, r, n, h, b
  auto [m_step, m] =
      s.split(loops[0], threads, Tail::GuardWithIf, "d_step", "d_in");
  s.reorder({loops[4], loops[1], m, m_step});
  s.gpuThreads(m);
}

void DeviceAttention::scheduleOutput(Value output) {
  if (isSingle())
    scheduleSingle(output);
  else
    scheduleTiles(output);
}

std::optional<Mismatch> llamir::scheduleDeviceAttention(ScheduleBuilder &s) {
  Value output = s.getFunc("output");
  SmallVector<DeviceAttention> kinds;
  for (AttentionTileKind kind : attentionTileKinds)
    if (DeviceAttention attention(s, kind); attention.exists())
      kinds.push_back(attention);
  for (DeviceAttention &kind : kinds)
    if (kind.tokensOfTile < 1)
      return Mismatch{"its tiles have no tokens", true};
  boundOutput(s, output);
  for (DeviceAttention &kind : MutableArrayRef(kinds).drop_back())
    s.specialize(output, std::nullopt,
                 s.isAtMost(s.getTokens(), kind.tokensOfTile),
                 [&] { kind.scheduleOutput(output); });
  kinds.back().scheduleOutput(output);
  for (Value operand : s.getFuncs("operand")) {
    s.computeRoot(operand);
    spreadFunc(s, operand);
  }
  return std::nullopt;
}
