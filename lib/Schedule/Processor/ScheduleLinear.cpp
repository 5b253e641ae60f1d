//===- ScheduleLinear.cpp - Projections on processors ---------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A task computes one panel (or one head, or some panels) for a block of rows.
// In it the sums are made in register tiles of `rows` rows of activations by
// `vectors` vectors of the panel; the k loop reads one row of the panel and
// broadcasts one activation a row, and has no predicate (the lowering clamps
// rows instead). Long sums are cut into blocks of k, so that a block of the
// panel stays in the first caches while all rows of the task pass over it.
//
//===----------------------------------------------------------------------===//

#include "../Strategy.h"
#include "PanelProduct.h"
#include "Rows.h"
#include "TileProduct.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

namespace {
/// Elements of a block of a long sum: 64 columns of them are 128 KiB, which
/// leaves room in a second-level cache of 512 KiB.
constexpr int64_t blockOfSum = 512;
/// Places of a panel that are read side by side. A processor's prefetchers
/// follow each of them by itself, up to the end of its page.
constexpr int64_t streamsOfPanel = 4;
/// Tokens for which the time that panels take to come from memory counts. With
/// more, they mostly come from the second-level cache, one after the other.
constexpr int64_t mostStreamed = 128;
/// Columns of the rows that one task copies for tiles.
constexpr int64_t columnsOfRowTask = 1024;
/// Tokens up to which a task of matrix tiles is one panel.
constexpr int64_t mostWithOnePanel = 64;
/// Sums so long that the rows of a task leave the second-level cache.
constexpr int64_t longSum = 6144;
/// Tasks below this many multiply-adds do not pay.
constexpr int64_t leastWorkOfTask = 200000;

/// The funcs of products: those for few tokens, which are all where the
/// lowering makes no difference, or those that read widened panels.
struct Products {
  SmallVector<Value> products = {}, tiles = {}, panels = {};
  int64_t interleave = 1;
  bool dot = false, widened = false;
  /// What the products compute, where functions compute them.
  SmallVector<PanelProduct> matches = {};

  bool exist() { return !products.empty(); }
  /// A product is the sum itself, or reads one of a tile.
  Value getSum(size_t index) {
    return tiles.empty() ? products[index] : tiles[index];
  }
  /// Loops of the sum: over the inputs, or over steps and the inputs of one.
  int64_t getNumReductions() { return interleave == 1 ? 1 : 2; }
  std::optional<Mismatch> check();
};

struct LinearSchedule {
  ScheduleBuilder &s;
  Value output = {}, rotation = {};
  /// What functions read as rows of matrix tiles.
  llvm::SmallSetVector<Value, 2> rowsOfTiles = {};
  Products few = {}, many = {};
  BufferType weight = {};
  const MatrixProduct *kind = nullptr;
  int64_t width = 0, inputs = 0, stepsOfTile = 0;
  RegisterTile tile = {};
  NormedOperand normed = {};

  /// The rows of a register tile for numbers of tokens from `least` to `most`.
  struct SmallTile {
    int64_t least, most, rows;
  };

  std::optional<Mismatch> analyze();
  std::optional<Mismatch> findTile();
  ElementType getActivationsType();
  Value getRowsOfTask(int64_t columnTasks, int64_t panelsOfTask);
  void scheduleOutput();
  /// Panels whose products are one task when there are many rows.
  int64_t getPanelsOfTask();
  Value scheduleOutputStage(Value rowsOfTask, int64_t panelsOfTask,
                            StringRef taskName = "task");
  SmallVector<SmallTile> getSmallTiles();
  void scheduleProducts(Products &of, Value task);
  void scheduleProduct(Products &of, size_t index, Value task);
  void callTileProducts(Products &of);
  void scheduleProductStage(Value product, std::optional<int64_t> update,
                            int64_t rows, Value &tileLoop, Value &panelLoop);
  void schedulePanel(Value panel, Value panelLoop);
  void scheduleRegisterTile(Products &of, Value registerTile, Value tileLoop);
  void scheduleSums(Products &of, Value registerTile, int64_t streams);
  /// What is computed once, in rows, before the products.
  void scheduleRoot(Value func);
  void scheduleOperands();
  void scheduleRows(Value rows, int64_t parts);

  /// Steps of the sum: its inputs, or groups of interleaved ones.
  int64_t getSteps(Products &of) { return inputs / of.interleave; }
  int64_t getStepsOfBlock(Products &of);
  bool hasStreams(Products &of);
  /// A function multiplies matrix tiles.
  bool hasTiles() const {
    return kind->instruction == ProductInstruction::TileBF16;
  }
  /// All columns of a head are one task: a rotation combines them.
  bool wholeGroups() const { return bool(rotation); }
  ArrayRef<int64_t> columns() {
    return s.getOutputType().getShape().drop_back();
  }
};
} // namespace

/// Finds the packed weight, and the tile for its panels.
std::optional<Mismatch> LinearSchedule::findTile() {
  // The arguments of rank 3, or 4 with interleaved inputs.
  for (Type type : s.getPipeline().getArgumentTypes()) {
    auto buffer = dyn_cast<BufferType>(type);
    if (!buffer || (buffer.getRank() != 3 && buffer.getRank() != 4))
      continue;
    if (weight && buffer != weight)
      return Mismatch{"it has packed weights of different types"};
    weight = buffer;
  }
  if (!weight || !isa<FloatType>(weight.getElementType()))
    return Mismatch{"no argument is a packed weight", true};
  ArrayRef<int64_t> shape = weight.getShape();
  int64_t interleave = shape.size() == 4 ? shape.front() : 1;
  width = shape.take_back(3)[0];
  inputs = shape.take_back(3)[1] * interleave;
  if (width <= 0 || inputs <= 0 || interleave <= 0 || shape.back() <= 0)
    return Mismatch{"its packed weight has no elements", true};
  ElementType type = llama::getArrayType(weight.getElementType());
  kind = &s.target.getProduct(getActivationsType(), type);
  const RegisterTile *found = kind->findTile(width, s.lanes());
  if (kind->weights != type || kind->interleave != interleave || !found)
    return Mismatch{
        llvm::formatv("it has a weight of {0} in panels of width {1} and "
                      "interleave {2}, for which {3} has no register tile: "
                      "it was packed for another target",
                      getName(type), width, interleave, s.target.name),
        true};
  tile = *found;
  return std::nullopt;
}

std::optional<Mismatch> Products::check() {
  if (!tiles.empty() && tiles.size() != products.size())
    return Mismatch{
        "it has not as many funcs with the role 'tile' as with 'product'",
        true};
  if (widened && panels.size() != products.size())
    return Mismatch{"it has not as many funcs with the role 'panel' as with '" +
                        widenedPrefix.str() + "product'",
                    true};
  for (size_t index = 0; index < products.size(); ++index)
    if (UpdateOp update = getUpdate(getSum(index));
        !update || int64_t(update.getRvars().size()) != getNumReductions())
      return Mismatch{
          "a func with the role 'tile' or 'product' is not summed as its "
          "weight lies in panels",
          true};
  return std::nullopt;
}

std::optional<Mismatch> LinearSchedule::analyze() {
  output = s.getFunc("output");
  rotation = s.getFunc("rotation");
  if (std::optional<Mismatch> mismatch = findTile())
    return mismatch;
  std::string wide = widenedPrefix.str();
  few = {s.getFuncs("product"),
         s.getFuncs("tile"),
         {},
         kind->interleave,
         kind->instruction == ProductInstruction::DotBF16};
  many = {s.getFuncs(wide + "product"),
          s.getFuncs(wide + "tile"),
          s.getFuncs("panel"),
          1,
          false,
          true};
  for (Products *of : {&few, &many})
    if (std::optional<Mismatch> mismatch = of->check())
      return mismatch;
  if (!few.exist() && !many.exist())
    return Mismatch{"there is no func with the role 'product'", true};
  if (rotation && std::max(few.products.size(), many.products.size()) != 1)
    return Mismatch{"it rotates what several products make"};
  if (few.exist() && many.exist() && s.getStaticTokens())
    return Mismatch{"it has products for few and for many tokens", true};
  if (s.getOutputType().getRank() < 2)
    return Mismatch{"its output has no rows"};
  if (hasTiles())
    for (Products *of : {&few, &many})
      for (auto [index, product] : llvm::enumerate(of->products)) {
        auto match = matchPanelProduct(product, of->getSum(index));
        if (!match)
          return Mismatch{"a func with the role 'product' is not the sum of "
                          "products with its weight that tiles compute",
                          true};
        of->matches.push_back(*match);
      }
  if (std::optional<Mismatch> mismatch = findNormedOperand(s, normed))
    return mismatch;
  if (wholeGroups() && weight.getShape().back() % columns().back() != 0)
    return Mismatch{"the panels of its weight are no multiple of its heads",
                    true};
  return std::nullopt;
}

/// The type of the rows that are multiplied, which a func widens unless they
/// are of f32.
ElementType LinearSchedule::getActivationsType() {
  ElementType type = ElementType::F32;
  for (Value func : s.getFuncs("activations"))
    func.getDefiningOp()->walk([&](AtOp at) {
      for (Type number : at.getResultTypes())
        if (isa<FloatType>(number))
          type = llama::getArrayType(number);
    });
  return type;
}

/// Rows of a task, a multiple of the tile's: enough tasks to share evenly, none
/// too small, and no more rows than stay in cache.
Value LinearSchedule::getRowsOfTask(int64_t columnTasks, int64_t panelsOfTask) {
  int64_t most =
      llvm::alignTo(hasTiles() || inputs > longSum ? 256 : 512, tile.rows);
  int64_t least = std::max<int64_t>(
      1, leastWorkOfTask / (width * panelsOfTask * inputs * tile.rows));
  Value tileCount = s.ceilDiv(s.getTokens(), tile.rows);
  Value blocks = s.max(s.ceilDiv(s.mul(tileCount, tile.rows), most),
                       llvm::divideCeil(8, columnTasks));
  return s.mul(s.max(s.ceilDiv(tileCount, blocks), least), tile.rows);
}

int64_t LinearSchedule::getPanelsOfTask() {
  int64_t panels = llvm::divideCeil(columns()[0], width);
  if (wholeGroups() || (!hasTiles() && inputs <= longSum) || panels < 48)
    return 1;
  return 4;
}

/// Schedules the output or its version for some numbers of tokens; returns the
/// loop of tasks. Without `rowsOfTask`, a task is one row.
Value LinearSchedule::scheduleOutputStage(Value rowsOfTask,
                                          int64_t panelsOfTask,
                                          StringRef taskName) {
  using Tail = ScheduleBuilder::Tail;
  SmallVector<Value> loops = s.loops(output);
  Value t = loops.pop_back_val();
  auto [block, row] =
      rowsOfTask ? s.split(t, rowsOfTask, Tail::GuardWithIf, "block", "row")
                 : s.split(t, 1, Tail::GuardWithIf, "block", "row");
  Value task, vectors;
  if (wholeGroups()) {
    // (element, [half,] head): a task is a head.
    Value head = loops.pop_back_val();
    SmallVector<Value> order(loops);
    order.append({row, head, block});
    s.reorder(order);
    if (loops.size() == 2)
      s.unroll(loops[1]);
    task = s.fuse(head, block, taskName);
    vectors = loops[0];
  } else {
    auto [panel, column] = s.split(loops[0], width * panelsOfTask,
                                   Tail::GuardWithIf, "panel", "column");
    SmallVector<Value> order = {column, row, panel};
    order.append(loops.begin() + 1, loops.end());
    order.push_back(block);
    s.reorder(order);
    Value outer = block;
    for (Value loop : llvm::reverse(ArrayRef(loops).drop_front()))
      outer = s.fuse(loop, outer, "groups");
    task = s.fuse(panel, outer, taskName);
    vectors = column;
  }
  s.parallel(task);
  s.vectorize(vectors, Tail::GuardWithIf);
  return task;
}

SmallVector<LinearSchedule::SmallTile> LinearSchedule::getSmallTiles() {
  SmallVector<SmallTile> small = {{1, 1, 1}};
  int64_t rows = 1;
  for (; 2 * rows < tile.rows; rows *= 2)
    small.push_back({rows + 1, 2 * rows, 2 * rows});
  // Two of the largest waste less than two full ones.
  if (2 * rows > tile.rows)
    small.push_back({tile.rows + 1, 2 * rows, rows});
  return small;
}

/// Splits the rows of a stage of the product in register tiles.
void LinearSchedule::scheduleProductStage(Value product,
                                          std::optional<int64_t> update,
                                          int64_t rows, Value &tileLoop,
                                          Value &panelLoop) {
  SmallVector<Value> loops =
      update ? s.loops(product, *update, 1) : s.loops(product);
  Value c = loops[0], p = loops[1], t = loops[2];
  auto [tiles, row] =
      s.split(t, rows, ScheduleBuilder::Tail::RoundUp, "tile", "tile_row");
  SmallVector<Value> order = {c, row, tiles, p};
  if (update)
    order.push_back(loops[3]);
  s.reorder(order);
  s.unroll(s.vectorize(c));
  s.unroll(row);
  tileLoop = tiles;
  panelLoop = p;
}

/// Widens a block of a panel, which stays in the second-level cache while all
/// rows of the task pass over it.
void LinearSchedule::schedulePanel(Value panel, Value panelLoop) {
  s.computeAt(panel, panelLoop);
  s.boundExtent(panel, 0, width);
  SmallVector<Value> loops = s.loops(panel); // c, k, p
  Value c = s.vectorize(loops[0]);
  s.unroll(c);
  if (kind->interleave == 1)
    return;
  auto [step, neighbour] = s.split(loops[1], kind->interleave);
  s.reorder({c, neighbour, step});
  s.unroll(neighbour);
}

/// Functions compute the products of a task, in matrix tiles.
void LinearSchedule::callTileProducts(Products &of) {
  for (auto [product, match] : llvm::zip(of.products, of.matches)) {
    s.boundExtent(product, 0, width);
    // The sums of a panel lie together.
    s.reorderStorage(product, {0, 2, 1});
    int64_t parts = cast<FuncType>(match.rows.getType()).getRank() == 3
                        ? kind->getParts(ElementType::F32)
                        : 1;
    func::FuncOp function =
        getTileProduct(s.getModule(), s.target, inputs, width,
                       weight.getShape().back(), parts);
    s.callExtern(product, function, {match.rows, match.weight},
                 {int32_t(match.first)}, rowsOfMatrixTile);
    if (rowsOfTiles.insert(match.rows))
      scheduleRows(match.rows, parts);
  }
}

void LinearSchedule::scheduleProducts(Products &of, Value task) {
  for (size_t index = 0; index < of.products.size(); ++index)
    if (hasTiles())
      s.computeAt(of.products[index], task);
    else
      scheduleProduct(of, index, task);
}

void LinearSchedule::scheduleProduct(Products &of, size_t index, Value task) {
  Value product = of.products[index];
  Value registerTile = of.tiles.empty() ? Value() : of.tiles[index];
  s.computeAt(product, task);
  s.boundExtent(product, 0, width);
  if (wholeGroups())
    s.boundExtent(product, 1, weight.getShape().back() / columns().back());
  std::optional<int64_t> update;
  stepsOfTile = getSteps(of);
  if (!registerTile) {
    s.unroll(s.vectorize(s.loops(product)[0]));
    stepsOfTile = getStepsOfBlock(of);
    Value block =
        s.split(s.loops(product, 0, of.getNumReductions()).back(), stepsOfTile,
                ScheduleBuilder::Tail::GuardWithIf, "k_block", "k_within")
            .first;
    registerTile = s.rfactor(block, "k_part");
    update = 0;
  }
  Value tileLoop, panelLoop;
  // Few tokens need no full tile, whose idle rows would take the time that the
  // weight needs to arrive.
  int64_t rows = tile.rows;
  std::optional<int64_t> tokens = s.getStaticTokens();
  auto addVersion = [&](Value condition, int64_t rows) {
    s.specialize(product, update, condition, [&] {
      scheduleProductStage(product, update, rows, tileLoop, panelLoop);
    });
  };
  if (!of.widened) {
    for (auto [least, most, fewer] : getSmallTiles()) {
      if (tokens && *tokens >= least && *tokens <= most)
        rows = fewer;
      if (!tokens)
        addVersion(least == most ? s.isEqual(s.getTokens(), least)
                                 : s.isBetween(s.getTokens(), least, most),
                   fewer);
    }
    // Tiles that are alike but for their streams: in a version of their own,
    // since a choice between two loops costs registers.
    if (!tokens && hasStreams(of))
      addVersion(s.isAtMost(s.getTokens(), mostStreamed), rows);
  }
  scheduleProductStage(product, update, rows, tileLoop, panelLoop);
  if (of.widened)
    schedulePanel(of.panels[index], panelLoop);
  scheduleRegisterTile(of, registerTile, tileLoop);
}

/// The sums stay in registers while a loop over the inputs runs, whose steps
/// are the neighbours that the panel interleaves.
void LinearSchedule::scheduleRegisterTile(Products &of, Value registerTile,
                                          Value tileLoop) {
  s.computeAt(registerTile, tileLoop);
  s.boundExtent(registerTile, 0, width);
  SmallVector<Value> loops = s.loops(registerTile);
  s.unroll(s.vectorize(loops[0]));
  s.unroll(loops[2]);
  std::optional<int64_t> tokens = s.getStaticTokens();
  bool streams = hasStreams(of);
  if (streams && !tokens)
    s.specialize(registerTile, 0, s.isAtMost(s.getTokens(), mostStreamed),
                 [&] { scheduleSums(of, registerTile, streamsOfPanel); });
  bool all = streams && tokens && *tokens <= mostStreamed;
  scheduleSums(of, registerTile, all ? streamsOfPanel : 1);
}

/// Whether the sum of a register tile can be cut into equal streams.
bool LinearSchedule::hasStreams(Products &of) {
  return !of.widened && inputs % of.interleave == 0 &&
         getSteps(of) % stepsOfTile == 0 && stepsOfTile % streamsOfPanel == 0;
}

void LinearSchedule::scheduleSums(Products &of, Value registerTile,
                                  int64_t streams) {
  SmallVector<Value> loops = s.loops(registerTile, 0, of.getNumReductions());
  Value t = loops[2], k = loops.back();
  auto [vectors, lane] = s.split(loops[0], s.lanes());
  SmallVector<Value> neighbours, order, unrolled = {vectors, t};
  if (of.interleave != 1)
    neighbours.push_back(loops[loops.size() - 2]);
  if (of.dot) {
    order = {neighbours[0], lane, vectors, t};
    s.atomic(registerTile, 0);
    s.vectorizeWhole(neighbours[0]);
  } else {
    order = {lane, vectors, t};
    order.append(neighbours);
    unrolled.append(neighbours);
  }
  if (streams != 1) {
    auto [stream, step] =
        s.split(k, stepsOfTile / streams, ScheduleBuilder::Tail::Auto, "stream",
                "step");
    order.push_back(stream);
    unrolled.push_back(stream);
    k = step;
  }
  order.push_back(k);
  s.reorder(order);
  s.vectorizeWhole(lane);
  for (Value loop : unrolled)
    s.unroll(loop);
}

/// As many as stay in cache; fewer where that divides the sum and its streams.
int64_t LinearSchedule::getStepsOfBlock(Products &of) {
  int64_t most = blockOfSum / of.interleave, steps = getSteps(of);
  if (steps <= most)
    return steps;
  for (int64_t block = most; 2 * block > most; block -= streamsOfPanel)
    if (steps % block == 0)
      return block;
  return most;
}

void LinearSchedule::scheduleRoot(Value func) {
  using Tail = ScheduleBuilder::Tail;
  s.computeRoot(func);
  if (!s.getStaticTokens())
    s.specialize(func, std::nullopt, s.isEqual(s.getTokens(), 1),
                 [&] { s.vectorize(s.loops(func)[0], Tail::GuardWithIf); });
  SmallVector<Value> loops = s.loops(func);
  s.vectorize(loops[0], Tail::GuardWithIf);
  auto [block, row] = s.split(loops[1], 16, Tail::GuardWithIf);
  s.parallel(block);
}

/// What the ops before a projection give it.
void LinearSchedule::scheduleOperands() {
  for (Value operand : s.getFuncs("operand")) {
    if (operand != normed.operand) {
      scheduleRoot(operand);
      continue;
    }
    s.computeRoot(operand);
    scheduleNormRows(s, operand, {normed.width, ShapedType::kDynamic});
  }
}

/// What a function reads as rows of matrix tiles.
void LinearSchedule::scheduleRows(Value rows, int64_t parts) {
  using Tail = ScheduleBuilder::Tail;
  s.computeRoot(rows);
  SmallVector<Value> loops = s.loops(rows); // k, (part,) t
  auto [columns, within] =
      s.split(loops[0], columnsOfRowTask, Tail::GuardWithIf, "columns", "k_in");
  Value k = s.vectorize(within, Tail::GuardWithIf);
  auto [block, row] =
      s.split(loops.back(), rowsOfMatrixTile, Tail::GuardWithIf);
  s.reorder({k, row, columns, block});
  s.parallel(s.fuse(columns, block, "rows_task"));
  if (parts > 1) {
    // All parts of a number at once.
    s.boundExtent(rows, 1, parts);
    s.reorder({loops[1], k});
    s.unroll(loops[1]);
  }
  // An odd number of cache lines from row to row: the rows of a tile would else
  // be kept in the same few places of a cache.
  constexpr int64_t line = 32;
  int64_t lines = llvm::divideCeil(inputs, line);
  s.alignStorage(rows, 0, (lines + (lines % 2 == 0)) * line);
}

void LinearSchedule::scheduleOutput() {
  boundOutput(s, output);
  if (!s.getStaticTokens())
    s.specialize(output, std::nullopt, s.isEqual(s.getTokens(), 1),
                 [&] { scheduleOutputStage(Value(), 1); });
  int64_t groups = 1;
  for (int64_t extent : columns().drop_front())
    groups *= extent;
  int64_t panels = llvm::divideCeil(columns()[0], width);
  int64_t panelsOfTask = getPanelsOfTask();
  auto getRows = [&](int64_t panelsOfTask) {
    int64_t columnTasks = wholeGroups()
                              ? columns().back()
                              : llvm::divideCeil(panels, panelsOfTask) * groups;
    return getRowsOfTask(columnTasks, panelsOfTask);
  };
  // With few rows the panels of a task would not be read again by tiles.
  int64_t panelsOfFew = hasTiles() ? 1 : panelsOfTask;
  bool both = few.exist() && many.exist();
  if (both)
    s.specialize(output, std::nullopt,
                 s.isAtMost(s.getTokens(), mostWidenedInRegisters), [&] {
                   scheduleProducts(
                       few,
                       scheduleOutputStage(getRows(panelsOfFew), panelsOfFew));
                 });
  else if (panelsOfFew != panelsOfTask && !s.getStaticTokens())
    s.specialize(
        output, std::nullopt, s.isAtMost(s.getTokens(), mostWithOnePanel),
        [&] { scheduleOutputStage(getRows(panelsOfFew), panelsOfFew); });
  Value rowsOfTask = getRows(panelsOfTask);
  Value task = scheduleOutputStage(rowsOfTask, panelsOfTask,
                                   both ? "wide_task" : "task");
  scheduleProducts(many.exist() ? many : few, task);
}

std::optional<Mismatch>
llamir::scheduleProcessorLinear(ScheduleBuilder &schedule) {
  LinearSchedule linear{schedule};
  if (std::optional<Mismatch> mismatch = linear.analyze())
    return mismatch;
  linear.scheduleOutput();
  scheduleLength(schedule);
  if (linear.rotation)
    linear.scheduleRoot(linear.rotation);
  linear.scheduleOperands();
  // Products of bf16 take them as they are; those of tiles, from memory.
  if (linear.hasTiles()) {
    linear.callTileProducts(linear.few);
    linear.callTileProducts(linear.many);
  } else if (linear.kind->instruction == ProductInstruction::MultiplyAdd) {
    for (Value activations : schedule.getFuncs("activations"))
      linear.scheduleRoot(activations);
  }
  return std::nullopt;
}
