//===- ScheduleLinear.cpp - Projections on devices ------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A weight lies in rows. Lanes, some warps of them, read a row side by side, in
// steps of 16 bytes, and multiply it by the rows of some tokens: sums of
// `rowsOfGroup` rows by `tokens` tokens stay in the registers of a lane. The
// sums of the lanes are then added in shared memory, in parts and these at
// last. More tokens are multiplied in tiles: see TiledProduct.h.
//
//===----------------------------------------------------------------------===//

#include "../Strategy.h"
#include "Grid.h"
#include "TiledProduct.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

using Tail = ScheduleBuilder::Tail;

namespace {
struct DeviceLinear {
  ScheduleBuilder &s;
  Value output = {}, weight = {};
  int64_t interleave = 1, steps = 0, columns = 1;
  /// Lanes that share a sum, and whether they all have as many steps of it:
  /// then they load 16 bytes at once.
  int64_t lanes = 32;
  bool loadsAtOnce = true;
  /// The tile of a lane, and groups of lanes in a block.
  int64_t rowsOfGroup = 1, groups = 1, mostTokens = 8;

  /// Funcs of products for few tokens, which lanes multiply, or for many, which
  /// are multiplied in tiles.
  struct Products {
    SmallVector<Value> products = {}, tiles = {};
    bool inTiles = false;
    bool exist() const { return !products.empty(); }
    /// Loops of the sum: over the inputs, or over steps and the inputs of one.
    int64_t getNumReductions() const { return inTiles ? 1 : 2; }
    Value getSum(size_t index) const {
      return tiles.empty() ? products[index] : tiles[index];
    }
  };
  Products few = {}, many = {};
  TiledProduct tile{s};
  NormedOperand normed = {};

  std::optional<Mismatch> analyze();
  std::optional<Mismatch> check(const Products &of);
  void chooseTile();
  bool inBlocks() const;
  void schedule();
  void scheduleCopies(Value before);
  /// A block of threads, and its innermost loop of threads.
  struct Block {
    Value block, thread;
  };
  Block scheduleBlocks(Value column, Value token, int64_t tokens);
  void scheduleSum(const Products &of, size_t index, Block block);
  void scheduleTile(size_t index, Value block);
  void loadWeight(Value partial, Value steps);
  void loadActivations(Value partial, Value steps);
  int64_t columnsOfBlock() const { return rowsOfGroup * groups; }
  void forTokens(Value func, std::optional<int64_t> update,
                 llvm::function_ref<void(int64_t tokens)> body);
};
} // namespace

/// Parts that the sums of more lanes are added up in first.
static constexpr int64_t parts = 16;

/// Threads of a block where fewer lanes share a sum.
static constexpr int64_t threadsOfFewSums = 128;

/// Tokens of a tile, each with a version of the code.
static constexpr int64_t tilesOfTokens[] = {1, 2, 4, 8};

std::optional<Mismatch> DeviceLinear::check(const Products &of) {
  if (!of.tiles.empty() && of.tiles.size() != of.products.size())
    return Mismatch{
        "it has not as many funcs with the role 'tile' as with 'product'",
        true};
  for (size_t index = 0; index < of.products.size(); ++index)
    if (UpdateOp update = getUpdate(of.getSum(index));
        !update || int64_t(update.getRvars().size()) != of.getNumReductions())
      return Mismatch{
          "a func with the role 'tile' or 'product' is not summed as its "
          "weight lies in panels",
          true};
  return std::nullopt;
}

std::optional<Mismatch> DeviceLinear::analyze() {
  output = s.getFunc("output");
  // The argument of rank 4.
  for (BlockArgument argument : s.getPipeline().getBody().getArguments()) {
    auto buffer = dyn_cast<BufferType>(argument.getType());
    if (!buffer || buffer.getRank() != 4)
      continue;
    if (weight)
      return Mismatch{"it has several packed weights"};
    weight = argument;
  }
  auto type = weight ? cast<BufferType>(weight.getType()) : BufferType();
  if (!weight || !isa<FloatType>(type.getElementType()))
    return Mismatch{"no argument is a packed weight", true};
  ArrayRef<int64_t> shape = type.getShape();
  interleave = shape.front();
  steps = shape[2];
  if (shape[1] != 1)
    return Mismatch{"its weight does not lie in rows: it was packed for "
                    "another target",
                    true};
  if (steps <= 0 || interleave <= 0 || shape.back() <= 0)
    return Mismatch{"its packed weight has no elements", true};
  few = {s.getFuncs("product"), s.getFuncs("tile"), false};
  many = {s.getFuncs("wide_product"), s.getFuncs("wide_tile"), true};
  for (StringRef role : {"panel", "wide_rows"})
    if (s.getFuncs(role).size() != many.products.size())
      return Mismatch{"it has not as many funcs with the role '" + role.str() +
                          "' as with 'wide_product'",
                      true};
  for (const Products *of : {&few, &many})
    if (std::optional<Mismatch> mismatch = check(*of))
      return mismatch;
  if (!few.exist() && !many.exist())
    return Mismatch{"there is no func with the role 'product'", true};
  if (few.exist() && many.exist() && s.getStaticTokens())
    return Mismatch{"it has products for few and for many tokens", true};
  if (s.getOutputType().getRank() < 2)
    return Mismatch{"its output has no rows"};
  if (std::optional<Mismatch> mismatch = findNormedOperand(s, normed))
    return mismatch;
  for (int64_t extent : s.getOutputType().getShape().drop_back())
    columns *= extent;
  return std::nullopt;
}

/// Whether what a block computes of the output reads as many columns of each
/// product. A rotation reads two far apart.
bool DeviceLinear::inBlocks() const {
  return s.getOutputType().getRank() == 2 && !s.getFunc("rotation");
}

/// The number of lanes that share a sum of `steps` steps, each as many: warps
/// that are full, an even number of steps, and as few lanes as keep the memory
/// busy where the columns are few, at most `most`. 0 if all leave most of the
/// warps idle.
static int64_t chooseLanes(int64_t steps, int64_t most) {
  constexpr int64_t warp = 32, enough = 128;
  int64_t best = 0;
  double leastCost = 2;
  for (int64_t lanes = 1; lanes <= std::min(steps, most); ++lanes) {
    if (steps % lanes != 0)
      continue;
    double cost = double(llvm::alignTo(lanes, warp)) / double(lanes);
    if (steps / lanes % 2 != 0)
      cost *= 1.1;
    if (lanes < enough)
      cost *= 1.1;
    if (cost < leastCost) {
      leastCost = cost;
      best = lanes;
    }
  }
  return best;
}

/// As many rows as divide the columns, and sums as the memory of a block holds.
void DeviceLinear::chooseTile() {
  auto divide = [&](int64_t most, int64_t by) {
    while (columns % (most * by) != 0)
      most /= 2;
    return most;
  };
  lanes = chooseLanes(steps,
                      std::min<int64_t>(s.target.getDevice().mostThreads, 384));
  loadsAtOnce = lanes != 0;
  if (!loadsAtOnce)
    lanes = s.target.getDevice().warp;
  rowsOfGroup = divide(4, 1);
  groups =
      divide(std::clamp<int64_t>(threadsOfFewSums / lanes, 1, 4), rowsOfGroup);
  int64_t funcs = inBlocks() ? few.products.size() : 1;
  auto getBytes = [&] {
    return funcs * rowsOfGroup * groups * mostTokens * lanes * 4;
  };
  int64_t most = s.target.getDevice().sharedBytes;
  while (groups > 1 && getBytes() > most)
    groups /= 2;
  while (mostTokens > 1 && getBytes() > most)
    mostTokens /= 2;
  int64_t tiles = inBlocks() ? many.products.size() : 1;
  while (tile.tokens > TiledProduct::tokenThreads &&
         tile.getBytes(tiles) > most)
    tile.tokens /= 2;
}

/// Runs `body` for each number of tokens that a stage has a version for.
void DeviceLinear::forTokens(Value func, std::optional<int64_t> update,
                             llvm::function_ref<void(int64_t)> body) {
  std::optional<int64_t> count = s.getStaticTokens();
  for (int64_t tokens : tilesOfTokens) {
    if (tokens >= mostTokens || (count && *count <= tokens))
      return body(std::min(tokens, mostTokens));
    if (!count)
      s.specialize(func, update, s.isAtMost(s.getTokens(), tokens),
                   [&] { body(tokens); });
  }
}

/// Blocks of columns and tokens.
DeviceLinear::Block DeviceLinear::scheduleBlocks(Value column, Value token,
                                                 int64_t tokens) {
  auto [panel, inPanel] =
      s.split(column, columnsOfBlock(), Tail::GuardWithIf, "panel", "in_panel");
  auto [tile, row] = s.split(token, tokens, Tail::GuardWithIf, "tile", "row");
  s.reorder({inPanel, row, panel, tile});
  Value thread = s.fuse(inPanel, row, "column");
  s.gpuThreads(thread);
  s.gpuBlocks(panel);
  s.gpuBlocks(tile);
  return {panel, thread};
}

/// The sum over the inputs for a block of another func.
void DeviceLinear::scheduleSum(const Products &of, size_t index, Block at) {
  Value sum = of.getSum(index);
  s.computeAt(sum, at.thread);
  s.storeIn(sum, MemoryType::Register);
  for (int64_t dim = 0; dim < 3; ++dim)
    s.boundExtent(sum, dim, 1);
  Value step = s.loops(sum, 0, of.getNumReductions()).back();
  Value partial =
      s.rfactor(s.split(step, lanes, Tail::GuardWithIf).second, "lane");

  // Sums of several lanes first.
  if (lanes > parts) {
    Value lane = s.loops(sum, 0, 1)[3]; // c, p, t, lane
    Value part =
        s.rfactor(s.split(lane, parts, Tail::GuardWithIf).second, "part");
    Value copy = s.copy(part);
    s.computeAt(copy, at.block);
    s.storeIn(copy, MemoryType::GPUShared);
    SmallVector<Value> loops = s.loops(copy); // c, p, t, part
    s.reorder({loops[0], loops[3], loops[1], loops[2]});
    Value thread = s.fuse(loops[3], loops[1], "part");
    s.gpuThreads(thread);
    s.computeAt(part, thread);
    s.storeIn(part, MemoryType::Register);
    for (int64_t dim = 0; dim < 4; ++dim)
      s.boundExtent(part, dim, 1);
  }
  s.unroll(s.loops(sum, 0, 1)[3]);

  // The sums of a lane stay in registers until the last step.
  Value copy = s.copy(partial), laneLoop;
  s.computeAt(copy, at.block);
  s.storeIn(copy, MemoryType::GPUShared);
  forTokens(copy, std::nullopt, [&](int64_t tokens) {
    SmallVector<Value> loops = s.loops(copy); // c, p, t, lane
    auto [group, row] =
        s.split(loops[1], rowsOfGroup, Tail::RoundUp, "group", "row");
    auto [tile, token] =
        s.split(loops[2], tokens, Tail::RoundUp, "tile", "token");
    s.reorder({loops[0], row, token, loops[3], group, tile});
    s.unroll(row);
    s.unroll(token);
    laneLoop = s.fuse(loops[3], group, "lane");
    s.gpuThreads(laneLoop);
  });
  s.computeAt(partial, laneLoop);
  s.storeIn(partial, MemoryType::Register);
  s.boundExtent(partial, 0, 1);
  s.boundExtent(partial, 1, rowsOfGroup);
  s.boundExtent(partial, 3, 1);
  auto unrollTile = [&](ArrayRef<Value> loops, int64_t tokens) {
    auto [tile, token] =
        s.split(loops[2], tokens, Tail::RoundUp, "tile", "token");
    s.unroll(loops[1]);
    s.unroll(token);
    return std::pair(tile, token);
  };
  forTokens(partial, std::nullopt, [&](int64_t tokens) {
    SmallVector<Value> loops = s.loops(partial);
    auto [tile, token] = unrollTile(loops, tokens);
    s.reorder({loops[1], token, loops[0], loops[3], tile});
  });
  Value steps;
  forTokens(partial, 0, [&](int64_t tokens) {
    // c, p, t, lane, the inputs of a step, steps
    SmallVector<Value> loops = s.loops(partial, 0, 2);
    auto [tile, token] = unrollTile(loops, tokens);
    // One token has registers left for the loads of two steps.
    bool two = tokens == 1 && this->steps % (2 * lanes) == 0;
    auto [outer, inner] =
        s.split(loops.back(), two ? 2 : 1, Tail::Auto, "step", "in_step");
    steps = inner;
    s.reorder(
        {loops[1], token, loops[4], loops[0], loops[3], inner, outer, tile});
    s.unroll(loops[4]);
    s.unroll(inner);
  });
  if (loadsAtOnce) {
    loadWeight(partial, steps);
    loadActivations(partial, steps);
  }
}

/// Has a lane load the 16 bytes of each row of its tile at once.
void DeviceLinear::loadWeight(Value partial, Value steps) {
  Value loaded = s.copy(weight, partial); // (input of a step, 1, step, row)
  s.computeAt(loaded, steps);
  s.storeIn(loaded, MemoryType::Register);
  s.boundExtent(loaded, 0, interleave);
  s.boundExtent(loaded, 1, 1);
  s.boundExtent(loaded, 2, 1);
  s.boundExtent(loaded, 3, rowsOfGroup);
  SmallVector<Value> loops = s.loops(loaded);
  s.vectorizeWhole(loops[0]);
  s.unroll(loops[3]);
}

/// The same of the activations of all tokens of the tile, in f32.
void DeviceLinear::loadActivations(Value partial, Value steps) {
  Value activations = s.getFunc("activations");
  if (!activations)
    return;
  Value loaded = s.copy(activations, partial); // k, t
  s.computeAt(loaded, steps);
  s.storeIn(loaded, MemoryType::Register);
  s.boundExtent(loaded, 0, interleave);
  SmallVector<Value> loops = s.loops(loaded);
  s.vectorizeWhole(loops[0]);
  forTokens(loaded, std::nullopt, [&](int64_t tokens) {
    s.unroll(s.split(s.loops(loaded)[1], tokens, Tail::RoundUp, "tile", "token")
                 .second);
  });
}

/// The sum over the inputs in tiles.
void DeviceLinear::scheduleTile(size_t index, Value block) {
  Value panel = s.getFuncs("panel")[index],
        rows = s.getFuncs("wide_rows")[index];
  // 16 bytes of activations of f32, or of a narrow type.
  int64_t together = s.getFuncs("rows").empty() ? 4 : 8;
  int64_t steps = inputsOfSlice % interleave == 0 ? interleave : 1;
  tile.sum(many.getSum(index), {panel, steps}, {rows, together}, block);
}

/// Computes the products before the output, in blocks of their own.
void DeviceLinear::scheduleCopies(Value before) {
  for (size_t index = 0; index < few.products.size(); ++index) {
    Value copy = s.copy(few.products[index]);
    s.computeAt(copy, before);
    Block block;
    forTokens(copy, std::nullopt, [&](int64_t tokens) {
      SmallVector<Value> loops = s.loops(copy); // c, p, t
      Value column = s.fuse(loops[0], loops[1], "column");
      block = scheduleBlocks(column, loops[2], tokens);
    });
    scheduleSum(few, index, block);
  }
  for (size_t index = 0; index < many.products.size(); ++index) {
    Value copy = s.copy(many.products[index]);
    s.computeAt(copy, before);
    s.boundExtent(copy, 0, 1);
    SmallVector<Value> loops = s.loops(copy); // c, p, t
    scheduleTile(index, tile.spread(loops[1], loops[2], true).first);
  }
}

void DeviceLinear::schedule() {
  boundOutput(s, output);
  spreadLength(s);
  s.setDense(weight, 16);
  s.setWholeRows();
  chooseTile();
  // Tokens up to which the first products are read.
  auto forFew = [&](llvm::function_ref<void()> body) {
    if (few.exist() && many.exist())
      s.specialize(output, std::nullopt,
                   s.isAtMost(s.getTokens(), mostMultipliedByLanes), body);
    else if (few.exist())
      body();
  };
  if (!inBlocks()) {
    Value before;
    auto spread = [&] { before = spreadOnce(s, output); };
    forFew(spread);
    if (many.exist())
      spread();
    return scheduleCopies(before);
  }
  Block block;
  forFew([&] {
    forTokens(output, std::nullopt, [&](int64_t tokens) {
      SmallVector<Value> loops = s.loops(output);
      block = scheduleBlocks(loops[0], loops[1], tokens);
    });
  });
  // Loops of the last version stand for those of that name in the others.
  if (many.exist()) {
    SmallVector<Value> loops = s.loops(output);
    std::tie(block.block, block.thread) =
        tile.spread(loops[0], loops[1], false);
  }
  for (size_t index = 0; index < few.products.size(); ++index)
    scheduleSum(few, index, block);
  for (size_t index = 0; index < many.products.size(); ++index)
    scheduleTile(index, block.block);
}

std::optional<Mismatch> llamir::scheduleDeviceLinear(ScheduleBuilder &s) {
  DeviceLinear linear{s};
  if (std::optional<Mismatch> mismatch = linear.analyze())
    return mismatch;
  linear.schedule();
  for (Value operand : s.getFuncs("operand")) {
    s.computeRoot(operand);
    if (operand == linear.normed.operand)
      spreadNormRows(s, operand, {linear.normed.width, ShapedType::kDynamic});
    else
      spreadFunc(s, operand);
  }
  return std::nullopt;
}
