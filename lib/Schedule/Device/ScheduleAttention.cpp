//===- ScheduleAttention.cpp - Attention on devices -----------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A block of threads computes some rows of one head: it goes over blocks of
// keys, and merges what each has to say. The output is made of what was merged
// by a kernel of its own: rows of a tile are not those of the output. With one
// token, blocks of keys are computed side by side, and the output merges them.
//
//===----------------------------------------------------------------------===//

#include "../Strategy.h"
#include "Grid.h"
#include "mlir/IR/Matchers.h"
#include <numeric>

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

using Tail = ScheduleBuilder::Tail;

/// Elements of a key that a thread loads at once, keys whose values it does,
/// and parts of a value's elements.
static constexpr int64_t together = 8;

/// Threads that find the maximum and the sum of a row's keys.
static constexpr int64_t mostParts = 32;

namespace {
class DeviceAttention {
public:
  DeviceAttention(ScheduleBuilder &s, AttentionTileKind kind);

  bool exists() { return bool(getFunc("merged")); }
  bool isSingle() const { return kind == AttentionTileKind::Single; }
  /// Whether scores have a second part, of distances.
  bool isRelative() { return bool(getFunc("distances")); }
  /// Schedules the version of the output for one token, which merges what
  /// blocks of keys have to say. Returns a loop of the processor around it.
  Value scheduleOutput(Value output);
  /// Computes what the output reads, in `before`, a loop around it.
  void schedule(Value before);

  int64_t tokensOfTile;

private:
  Value getFunc(StringRef name) { return s.getFunc(prefix + name.str()); }
  /// In the order of the loops of a func of pairs.
  Value getRow(ArrayRef<Value> loops) { return loops[isSingle() ? 1 : 0]; }
  Value getKey(ArrayRef<Value> loops) { return loops[isSingle() ? 0 : 1]; }
  Value splitThreads(Value &loop);
  void scheduleTiles(Value merged);
  void scheduleSingle(Value before);
  void scheduleQueries(StringRef name, unsigned element, Value block);
  void scheduleKeys(Value block, Value element);
  void scheduleScores(Value thread);
  void scheduleReduced(StringRef name, Value block);
  void scheduleResult(Value block, Value element);
  void vectorizeOrUnroll(Value loop);
  /// Bounds the rows and keys of a func, of the dimensions that it has before
  /// those of a block of keys, a tile and a head, of which it has one.
  void boundTo(Value func, ArrayRef<int64_t> extents);

  ScheduleBuilder &s;
  AttentionTileKind kind;
  std::string prefix;
  int64_t valueDim, grouped;
  /// Threads of a block: keys, or elements of a value.
  int64_t threads;
  /// Rows that one block computes.
  int64_t rows;
};
} // namespace

DeviceAttention::DeviceAttention(ScheduleBuilder &s, AttentionTileKind kind)
    : s(s), kind(kind), prefix(getPrefix(kind)),
      threads(isSingle() ? 256 : 128) {
  // (element, head in the group, key head, token).
  ArrayRef<int64_t> shape = s.getOutputType().getShape();
  valueDim = shape[0];
  grouped = shape[1];
  tokensOfTile = getTokensOfTile(kind, grouped);
  // As many rows as the memory of a block holds: maximum, sum and result of
  // each element, the query, scores and weights of all keys.
  int64_t bytesOfRow =
      4 * (4 * valueDim + 2 * mostKeysOfBlock + 2 * mostParts + 2);
  if (isSingle())
    bytesOfRow -= 4 * 2 * valueDim;
  if (isRelative())
    bytesOfRow += 4 * valueDim;
  int64_t most = std::clamp<int64_t>(tokensOfTile * grouped, 1, 8);
  rows = std::clamp<int64_t>(s.target.getDevice().sharedBytes / bytesOfRow, 1,
                             most);
  // With one token, equally many in each block.
  while (isSingle() && rows > 1 && grouped % rows != 0)
    --rows;
}

/// Maps a loop to the threads of a block, several steps to each if it is long,
/// which `loop` becomes.
Value DeviceAttention::splitThreads(Value &loop) {
  auto [step, thread] =
      s.split(loop, threads, Tail::GuardWithIf, "step", "thread");
  s.gpuThreads(thread);
  loop = step;
  return thread;
}

void DeviceAttention::boundTo(Value func, ArrayRef<int64_t> extents) {
  int64_t rank = cast<FuncType>(func.getType()).getRank();
  for (int64_t dim = 0; dim < rank; ++dim)
    s.boundExtent(func, dim, dim < int64_t(extents.size()) ? extents[dim] : 1);
}

/// Query rows of a block, in its memory.
void DeviceAttention::scheduleQueries(StringRef name, unsigned element,
                                      Value block) {
  Value queries = getFunc(name);
  s.computeAt(queries, block);
  s.storeIn(queries, MemoryType::GPUShared);
  SmallVector<Value> loops = s.loops(queries); // r and d, n, h
  Value thread = splitThreads(loops[element]);
  s.reorder({loops[1 - element], thread, loops[element]});
}

/// What a block of keys has to say, computed in `block`; the result of an
/// element in its thread.
void DeviceAttention::scheduleKeys(Value block, Value element) {
  Value masked = getFunc("masked"), weights = getFunc("weights");
  // Extents that do not depend on the keys at hand: libHalide cannot say how
  // much memory a block needs where a tile sees some of its keys only.
  SmallVector<int64_t> pairs = {rows, mostKeysOfBlock};
  if (isSingle())
    std::swap(pairs[0], pairs[1]);
  boundTo(masked, pairs);
  boundTo(weights, pairs);
  s.computeAt(masked, block);
  s.storeIn(masked, MemoryType::GPUShared);
  SmallVector<Value> loops = s.loops(masked);
  Value row = getRow(loops), key = getKey(loops);
  Value thread = splitThreads(key);
  s.reorder({row, thread, key});
  s.unroll(row);
  scheduleScores(thread);
  scheduleReduced("block_max", block);
  scheduleReduced("block_sum", block);
  s.computeAt(weights, block);
  s.storeIn(weights, MemoryType::GPUShared);
  loops = s.loops(weights);
  row = getRow(loops);
  key = getKey(loops);
  Value weightThread = splitThreads(key);
  s.reorder({row, weightThread, key});
  s.unroll(row);
  scheduleResult(block, element);
}

/// Vectors where libHalide makes code of them that loads them at once.
void DeviceAttention::vectorizeOrUnroll(Value loop) {
  if (s.target.getDevice().interface == DeviceInterface::CUDA)
    s.vectorizeWhole(loop);
  else
    s.unroll(loop);
}

/// The elements of a key, which scores are sums over.
static int64_t getKeyElements(Value scores) {
  IntegerAttr extent;
  if (!matchPattern(getUpdate(scores).getExtents().front(),
                    m_Constant(&extent)))
    return 1;
  return extent.getInt();
}

/// A thread computes the scores of all rows by its key, of which it loads some
/// elements at once.
void DeviceAttention::scheduleScores(Value thread) {
  Value scores = getFunc("scores"), keys = getFunc("keys");
  s.computeAt(scores, thread);
  s.storeIn(scores, MemoryType::Register);
  boundTo(scores,
          isSingle() ? ArrayRef<int64_t>{1, rows} : ArrayRef<int64_t>{rows, 1});
  s.unroll(getRow(s.loops(scores)));
  SmallVector<Value> loops = s.loops(scores, 0, 1); // …, d
  int64_t elements = getKeyElements(scores);
  int64_t loaded = std::gcd(elements, together);
  auto [load, element] = s.split(loops[5], loaded, Tail::Auto);
  auto [step, ownLoad] = s.split(
      load, std::gcd(elements / loaded, isSingle() ? 8 : 4), Tail::Auto);
  s.reorder({getRow(loops), element, ownLoad, getKey(loops), loops[2], loops[3],
             loops[4], step});
  s.unroll(getRow(loops));
  s.unroll(element);
  s.unroll(ownLoad);
  s.computeAt(keys, ownLoad);
  s.storeIn(keys, MemoryType::Register);
  boundTo(keys, {loaded});
  vectorizeOrUnroll(s.loops(keys)[0]);
  if (!isRelative())
    return;
  loops = s.loops(scores, 1, 1);
  s.reorder(
      {getRow(loops), loops[5], getKey(loops), loops[2], loops[3], loops[4]});
  s.unroll(getRow(loops));
}

/// The maximum or the sum of a row's keys: parts of it by a thread each.
void DeviceAttention::scheduleReduced(StringRef name, Value block) {
  Value reduced = getFunc(name);
  int64_t parts = std::clamp<int64_t>(threads / rows, 1, mostParts);
  Value key = s.loops(reduced, 0, 1).back();
  Value part = s.rfactor(s.split(key, parts, Tail::GuardWithIf).second, "part");
  Value sharedPart = s.copy(part);
  boundTo(sharedPart, {rows, 1, 1, 1, parts});
  s.computeAt(sharedPart, block);
  s.storeIn(sharedPart, MemoryType::GPUShared);
  SmallVector<Value> loops = s.loops(sharedPart); // r, b, n, h, part
  s.reorder({loops[4], loops[0], loops[1], loops[2], loops[3]});
  Value partThread = s.fuse(loops[4], loops[0], "thread");
  s.gpuThreads(partThread);
  boundTo(part, {});
  s.computeAt(part, partThread);
  s.storeIn(part, MemoryType::Register);

  Value copy = s.copy(reduced);
  boundTo(copy, {rows});
  s.computeAt(copy, block);
  s.storeIn(copy, MemoryType::GPUShared);
  Value row = s.loops(copy)[0];
  s.gpuThreads(row);
  boundTo(reduced, {});
  s.computeAt(reduced, row);
  s.storeIn(reduced, MemoryType::Register);
  s.unroll(s.loops(reduced, 0, 1).back());
}

/// The sum of values by their weights. The keys of a block are a multiple of
/// `together`. With one token, threads share the keys of an element, too.
void DeviceAttention::scheduleResult(Value block, Value element) {
  Value result = getFunc("block_result");
  s.computeAt(result, element);
  s.storeIn(result, MemoryType::Register);
  boundTo(result, {1, rows});
  s.unroll(s.loops(result)[1]);
  SmallVector<Value> loops = s.loops(result, 0, 1); // d, r, b, n, h, key
  auto [step, key] = s.split(loops[5], together, Tail::Auto);
  if (!isSingle() || valueDim % together != 0) {
    s.reorder({loops[1], key, loops[0], loops[2], loops[3], loops[4], step});
    s.unroll(loops[1]);
    s.unroll(key);
    return;
  }
  // As many as there are threads for, and as the memory of a block holds of
  // their sums beside the query, the scores and the weights.
  int64_t others = 4 * rows *
                   (valueDim * (isRelative() ? 2 : 1) + 2 * mostKeysOfBlock +
                    2 * mostParts + 2);
  int64_t fitting =
      (s.target.getDevice().sharedBytes - others) / (4 * rows * valueDim);
  int64_t groups =
      std::max<int64_t>(std::min(threads * together / valueDim, fitting), 1);
  Value part =
      s.rfactor(s.split(step, groups, Tail::GuardWithIf).second, "group");
  s.unroll(s.loops(result, 0, 1).back());
  s.reorder({s.loops(result, 0, 1)[1], s.loops(result, 0, 1).back()});
  s.unroll(s.loops(result, 0, 1)[1]);
  Value copy = s.copy(part);
  boundTo(copy, {valueDim, rows, 1, 1, 1, groups});
  s.computeAt(copy, block);
  s.storeIn(copy, MemoryType::GPUShared);
  loops = s.loops(copy); // d, r, b, n, h, group
  auto [vector, inVector] = s.split(loops[0], together, Tail::RoundUp);
  s.reorder(
      {inVector, loops[1], vector, loops[5], loops[2], loops[3], loops[4]});
  Value thread = s.fuse(vector, loops[5], "thread");
  s.gpuThreads(thread);
  s.unroll(loops[1]);
  s.unroll(inVector);
  s.computeAt(part, thread);
  s.storeIn(part, MemoryType::Register);
  boundTo(part, {together, rows});
  loops = s.loops(part);
  vectorizeOrUnroll(loops[0]);
  s.unroll(loops[1]);
  loops = s.loops(part, 0, 2); // d, r, b, n, h, group, key, step
  s.reorder({loops[0], loops[1], loops[6], loops[2], loops[3], loops[4],
             loops[5], loops[7]});
  vectorizeOrUnroll(loops[0]);
  s.unroll(loops[1]);
  s.unroll(loops[6]);
}

/// Rows in blocks, which merge blocks of keys one after the other in their
/// memory.
void DeviceAttention::scheduleTiles(Value copy) {
  SmallVector<Value> loops = s.loops(copy); // d, r, n, h
  auto [block, row] = s.split(loops[1], rows, Tail::RoundUp, "block", "row");
  Value element = splitThreads(loops[0]);
  s.reorder({row, element, loops[0], block, loops[3], loops[2]});
  for (Value loop : {block, loops[3], loops[2]})
    s.gpuBlocks(loop);

  Value merged = getFunc("merged");
  s.computeAt(merged, block);
  s.storeIn(merged, MemoryType::GPUShared);
  boundTo(merged, {valueDim, rows});
  loops = s.loops(merged);
  element = splitThreads(loops[0]);
  s.reorder({loops[1], element, loops[0]});
  loops = s.loops(merged, 0, 1); // d, r, n, h, b
  element = splitThreads(loops[0]);
  s.reorder({loops[1], element, loops[0], loops[2], loops[3], loops[4]});
  s.unroll(loops[1]);
  scheduleKeys(loops[4], element);
  // Again for each block of keys: libHalide 21 gives the memory of what comes
  // before a loop to what the loop computes, as soon as it is read once.
  scheduleQueries("queries", 1, loops[4]);
  if (isRelative())
    scheduleQueries("position_queries", 1, loops[4]);
}

Value DeviceAttention::scheduleOutput(Value output) {
  SmallVector<Value> loops = s.loops(output); // d, head in the group, h, token
  auto [once, token] = s.split(loops[3], s.max(s.getTokens(), 1),
                               Tail::GuardWithIf, "once", "token");
  Value element = splitThreads(loops[0]);
  s.reorder({element, loops[0], loops[1], loops[2], token, once});
  for (Value loop : {loops[1], loops[2], token})
    s.gpuBlocks(loop);
  // An element reads the sum of the first.
  Value merged = getFunc("merged");
  Value copy = s.copy(merged);
  boundTo(copy, {valueDim});
  s.computeAt(copy, loops[1]);
  s.storeIn(copy, MemoryType::GPUShared);
  SmallVector<Value> copied = s.loops(copy); // d, r, n, h
  Value thread = splitThreads(copied[0]);
  s.reorder({thread, copied[0]});
  s.computeAt(merged, thread);
  s.storeIn(merged, MemoryType::Register);
  boundTo(merged, {});
  return once;
}

/// Blocks of keys side by side.
void DeviceAttention::scheduleSingle(Value before) {
  Value part = getFunc("part");
  s.computeAt(part, before);
  s.boundExtent(part, 1, grouped);
  SmallVector<Value> loops = s.loops(part); // d, r, b, n, h
  auto [block, row] = s.split(loops[1], rows, Tail::Auto, "block", "row");
  Value element = splitThreads(loops[0]);
  // There is one tile, of one token: its loop is no loop of blocks.
  s.reorder({row, element, loops[0], block, loops[2], loops[4], loops[3]});
  s.unroll(row);
  for (Value loop : {block, loops[2], loops[4]})
    s.gpuBlocks(loop);
  scheduleKeys(block, element);
  scheduleQueries("query_rows", 0, block);
  if (isRelative())
    scheduleQueries("position_rows", 0, block);
}

void DeviceAttention::schedule(Value before) {
  if (isSingle())
    return scheduleSingle(before);
  Value copy = s.copy(getFunc("merged"));
  s.computeAt(copy, before);
  scheduleTiles(copy);
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
  s.setWholeRows();
  Value before;
  auto scheduleOutput = [&](DeviceAttention &kind) {
    before =
        kind.isSingle() ? kind.scheduleOutput(output) : spreadOnce(s, output);
  };
  for (DeviceAttention &kind : MutableArrayRef(kinds).drop_back())
    s.specialize(output, std::nullopt,
                 s.isAtMost(s.getTokens(), kind.tokensOfTile),
                 [&] { scheduleOutput(kind); });
  scheduleOutput(kinds.back());
  for (DeviceAttention &kind : kinds)
    kind.schedule(before);
  return std::nullopt;
}
