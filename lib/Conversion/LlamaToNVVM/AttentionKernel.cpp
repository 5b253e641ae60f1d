//===- AttentionKernel.cpp - Attention on tensor cores --------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Four warps compute 64 rows of a head, 16 each, over tiles of 64 keys: scores,
// their maximum, exponentials, and the product with the values, which is scaled
// down when the maximum grows. A warp keeps its queries, scores and results in
// registers. Keys and values of a tile lie in shared memory, one tile of each:
// values come from memory while scores are computed, and the next keys while
// values are multiplied. Several blocks on a multiprocessor hide what is left.
//
// An exponential is handed to the tensor cores as the sum of two elements, so
// that it is not rounded to 8 bits on the way.
//
// Source: Dao, FlashAttention-2, 2023, for the order of the work.
//
//===----------------------------------------------------------------------===//

#include "AttentionKernel.h"
#include "ThreadBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace llamir;

static constexpr int64_t tileKeys = 64, warpSize = 32;
/// A thread has two rows of the 16 of its warp.
static constexpr int64_t ownRows = 2;
/// Blocks that a multiprocessor is to hold: what limits registers.
static constexpr int64_t blocksAtOnce = 2;
/// Elements that one copy moves.
static constexpr int64_t copied = 8;
static constexpr int64_t elementBytes = 2;

std::optional<StringRef> llamir::whyNotOnTensorCores(llama::AttentionOp op) {
  Type type = op.getQ().getType().getElementType();
  if (!type.isBF16() && !type.isF16())
    return "its elements are not bf16 or f16";
  if (op.getRelative())
    return "it has relative encodings";
  if (op.getSlopes())
    return "it has slopes";
  if (op.getSoftcap())
    return "it has a soft cap";
  // The largest score is looked for before it is scaled.
  if (op.getScaleOrDefault() <= 0)
    return "its scale is not positive";
  // Registers hold queries and results; tiles lie in 48 KiB.
  for (int64_t width : {op.getHeadDim(), op.getValueDim()})
    if (width % 16 != 0 || width > 128)
      return "its heads are not 16, 32, … 128 wide";
  return std::nullopt;
}

namespace {
/// An array of heads as a kernel gets it.
struct Heads {
  Value address, rows, stride;
  int64_t width;
  /// Elements between rows in shared memory: 16 bytes more than a row, so that
  /// neighbouring rows lie in other banks.
  int64_t getPitch() const { return width + copied; }
  int64_t getTileBytes() const { return tileKeys * getPitch() * elementBytes; }
};

class AttentionKernel {
public:
  AttentionKernel(llama::AttentionOp op, LLVM::LLVMFuncOp function,
                  LLVM::GlobalOp shared);
  void build();

private:
  using Left = ThreadBuilder::Left;
  using Sums = ThreadBuilder::Sums;
  /// What goes from tile to tile.
  struct State {
    /// For each 8 columns of the result.
    SmallVector<Sums> results;
    /// Of each row: the largest score, and the thread's part of the sum of
    /// exponentials.
    std::array<Value, ownRows> largest, total;

    SmallVector<Value> flatten() const;
    static State read(ValueRange values);
  };

  void findPlace();
  void findKeys();
  void loadQueries();
  void copyTile(const Heads &from, Value to, Value tile);
  Value getMatrixAddress(const Heads &of, Value tile, Value row, Value column);
  SmallVector<Sums> computeScores();
  SmallVector<Sums> mask(ArrayRef<Sums> scores, Value tile);
  void addTile(Value tile, State &state);
  void addValues(ArrayRef<Sums> weights, State &state);
  void store(const State &state);

  llama::AttentionOp op;
  ThreadBuilder b;
  Heads q, k, v, result;
  /// In shared memory.
  Value keyTile, valueTile;
  /// Where a thread reads matrices of a tile.
  Value keyMatrix, valueMatrix;
  Value thread, lane, place;
  Value head, keyHead, firstRow;
  std::array<Value, ownRows> row;
  /// The keys that a row sees: `begin` only with a window.
  std::array<Value, ownRows> begin, end;
  /// What all rows of the block see lies between these, of its last and of its
  /// first row; what any sees in these tiles.
  Value lastBegin, firstEnd, firstTile, endTile;
  SmallVector<Left> queries;
};
} // namespace

/// All numbers of them, one after the other.
static SmallVector<Value> flatten(ArrayRef<ThreadBuilder::Sums> all) {
  SmallVector<Value> values;
  for (const ThreadBuilder::Sums &sums : all)
    llvm::append_range(values, sums);
  return values;
}

/// What was flattened.
static SmallVector<ThreadBuilder::Sums> readSums(ValueRange values) {
  SmallVector<ThreadBuilder::Sums> all;
  for (size_t i = 0; i < values.size(); i += 4)
    all.push_back({values[i], values[i + 1], values[i + 2], values[i + 3]});
  return all;
}

SmallVector<Value> AttentionKernel::State::flatten() const {
  SmallVector<Value> values(largest.begin(), largest.end());
  llvm::append_range(values, total);
  llvm::append_range(values, ::flatten(results));
  return values;
}

AttentionKernel::State AttentionKernel::State::read(ValueRange values) {
  State state;
  for (int64_t i = 0; i < ownRows; ++i) {
    state.largest[i] = values[i];
    state.total[i] = values[ownRows + i];
  }
  state.results = readSums(values.drop_front(2 * ownRows));
  return state;
}

AttentionKernel::AttentionKernel(llama::AttentionOp op,
                                 LLVM::LLVMFuncOp function,
                                 LLVM::GlobalOp shared)
    : op(op), b(function.getLoc(), &function.front(),
                op.getQ().getType().getElementType()) {
  Heads *arrays[] = {&q, &k, &v, &result};
  for (auto [index, array] : llvm::enumerate(arrays)) {
    array->address = function.getArgument(3 * index);
    array->rows = function.getArgument(3 * index + 1);
    array->stride = function.getArgument(3 * index + 2);
    array->width = index < 2 ? op.getHeadDim() : op.getValueDim();
  }
  keyTile = LLVM::AddressOfOp::create(b, shared);
  valueTile = b.getElement(keyTile, k.getTileBytes() / elementBytes);
}

/// Blocks of the last rows, which see the most keys, begin first.
void AttentionKernel::findPlace() {
  thread = b.getThread();
  lane = b.remainder(thread, warpSize);
  Value group = b.divide(lane, 4);
  place = b.remainder(lane, 4);
  head = b.getBlockX();
  keyHead = b.divide(head, op.getHeads() / op.getKvHeads());
  Value block = b.subtract(b.add(b.getNumBlocksY(), -1), b.getBlockY());
  firstRow = b.multiply(block, attentionRows);
  Value warp = b.divide(thread, warpSize);
  row[0] = b.add(b.add(firstRow, b.multiply(warp, 16)), group);
  row[1] = b.add(row[0], 8);
}

void AttentionKernel::findKeys() {
  // A query is at this key, and sees no later one.
  Value before = b.subtract(k.rows, q.rows);
  auto getEnd = [&](Value row) -> Value {
    if (!op.getCausal())
      return k.rows;
    return b.least(b.add(b.add(row, before), 1), k.rows);
  };
  auto getBegin = [&](Value end) -> Value {
    return op.getWindow() ? b.add(end, -int64_t(*op.getWindow())) : Value();
  };
  for (int64_t i = 0; i < ownRows; ++i) {
    end[i] = getEnd(row[i]);
    begin[i] = getBegin(end[i]);
  }
  firstEnd = getEnd(firstRow);
  Value lastEnd =
      getEnd(b.least(b.add(firstRow, attentionRows - 1), b.add(q.rows, -1)));
  Value firstBegin = getBegin(firstEnd);
  lastBegin = getBegin(lastEnd);
  Value none = b.number(0);
  firstTile = firstBegin ? b.divide(b.most(firstBegin, none), tileKeys) : none;
  endTile = b.divide(b.add(b.most(lastEnd, none), tileKeys - 1), tileKeys);
}

/// Rows behind the last one are copies of it.
void AttentionKernel::loadQueries() {
  std::array<Value, ownRows> from;
  for (int64_t i = 0; i < ownRows; ++i) {
    Value start =
        b.getRow(q.address, b.least(row[i], b.add(q.rows, -1)), q.stride);
    from[i] = b.getElement(
        start, b.add(b.multiply(head, q.width), b.multiply(place, 2)));
  }
  for (int64_t d = 0; d < q.width; d += 16)
    queries.push_back({b.loadPair(b.getElement(from[0], d)),
                       b.loadPair(b.getElement(from[1], d)),
                       b.loadPair(b.getElement(from[0], d + 8)),
                       b.loadPair(b.getElement(from[1], d + 8))});
}

/// Neighbouring threads copy neighbouring pieces of a row. There are zeros for
/// keys that do not exist: nothing is read then, whatever the address.
void AttentionKernel::copyTile(const Heads &from, Value to, Value tile) {
  int64_t pieces = from.width / copied;
  Value firstKey = b.multiply(tile, tileKeys);
  Value head = b.getElement(from.address, b.multiply(keyHead, from.width));
  auto copyPiece = [&](Value row, Value column, Value global) {
    Value offset = b.multiply(column, copied);
    b.copyAsync(
        b.getElement(to, b.add(b.multiply(row, from.getPitch()), offset)),
        b.getElement(global, offset),
        b.isLess(b.add(firstKey, row), from.rows));
  };
  Value row = b.divide(thread, pieces), column = b.remainder(thread, pieces);
  Value global = b.getRow(head, b.add(firstKey, row), from.stride);
  int64_t rows = attentionThreads / pieces;
  Value step = b.multiply(from.stride, rows);
  for (int64_t i = 0; i < tileKeys * pieces; i += attentionThreads) {
    if (attentionThreads % pieces == 0) {
      copyPiece(b.add(row, i / pieces), column, global);
      global = b.getElement(global, step);
      continue;
    }
    Value piece = b.add(thread, i);
    row = b.divide(piece, pieces);
    copyPiece(row, b.remainder(piece, pieces),
              b.getRow(head, b.add(firstKey, row), from.stride));
  }
  b.endCopies();
}

Value AttentionKernel::getMatrixAddress(const Heads &of, Value tile, Value row,
                                        Value column) {
  return b.getElement(tile, b.add(b.multiply(row, of.getPitch()), column));
}

/// For each 8 keys of the tile. Rows of a matrix are keys, as columns of the
/// right side are.
SmallVector<ThreadBuilder::Sums> AttentionKernel::computeScores() {
  Value zero = b.real(0);
  SmallVector<Sums> scores(tileKeys / 8, {zero, zero, zero, zero});
  for (int64_t d = 0; d < q.width; d += 16)
    for (int64_t key = 0; key < tileKeys; key += 16) {
      auto loaded = b.loadMatrices(
          b.getElement(keyMatrix, key * k.getPitch() + d), false);
      for (int64_t i = 0; i < 2; ++i)
        scores[key / 8 + i] =
            b.multiplyAdd(queries[d / 16], {loaded[2 * i], loaded[2 * i + 1]},
                          scores[key / 8 + i]);
    }
  return scores;
}

/// Scores of keys that a row does not see become minus infinity.
SmallVector<ThreadBuilder::Sums> AttentionKernel::mask(ArrayRef<Sums> scores,
                                                       Value tile) {
  Value start = b.multiply(tile, tileKeys);
  // Most tiles lie where all rows see all of their keys.
  Value isPartial = b.isLess(firstEnd, b.add(start, tileKeys));
  if (lastBegin)
    isPartial = arith::OrIOp::create(b, isPartial, b.isLess(start, lastBegin));
  SmallVector<Value> plain = flatten(scores);
  auto branch = scf::IfOp::create(b, ValueRange(plain).getTypes(), isPartial,
                                  /*addThenBlock=*/true, /*addElseBlock=*/true);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(b, plain);
    b.setInsertionPointToStart(branch.thenBlock());
    Value none = b.lowest();
    Value ownKey = b.add(start, b.multiply(place, 2));
    SmallVector<Value> masked;
    for (auto [index, score] : llvm::enumerate(plain)) {
      int64_t c = index % 4, ownRow = c / 2;
      Value key = b.add(ownKey, int64_t(index) / 4 * 8 + c % 2);
      Value isSeen = b.isLess(key, end[ownRow]);
      if (begin[ownRow])
        isSeen = arith::AndIOp::create(b, isSeen,
                                       b.isLess(b.add(begin[ownRow], -1), key));
      masked.push_back(b.select(isSeen, score, none));
    }
    scf::YieldOp::create(b, masked);
  }
  return readSums(branch.getResults());
}

/// Weights of 16 keys are the left side of a product with their values, whose
/// matrices have keys as rows, as the right side has.
void AttentionKernel::addValues(ArrayRef<Sums> weights, State &state) {
  for (int64_t key = 0; key < tileKeys; key += 16) {
    Left parts[2];
    for (int64_t i = 0; i < 4; ++i) {
      const Sums &from = weights[key / 8 + i / 2];
      Value low = from[i % 2 * 2], high = from[i % 2 * 2 + 1];
      parts[0][i] = b.pack(low, high);
      parts[1][i] = b.packRest(low, high, parts[0][i]);
    }
    for (int64_t d = 0; d < v.width; d += 16) {
      auto loaded = b.loadMatrices(
          b.getElement(valueMatrix, key * v.getPitch() + d), true);
      for (const Left &part : parts)
        for (int64_t i = 0; i < 2; ++i)
          state.results[d / 8 + i] =
              b.multiplyAdd(part, {loaded[2 * i], loaded[2 * i + 1]},
                            state.results[d / 8 + i]);
    }
  }
}

void AttentionKernel::addTile(Value tile, State &state) {
  // The keys are there, and nobody reads the values of the tile before.
  b.waitForCopies();
  b.waitForThreads();
  copyTile(v, valueTile, tile);
  SmallVector<Sums> scores = mask(computeScores(), tile);

  // The values are there, and nobody reads the keys.
  b.waitForCopies();
  b.waitForThreads();
  Value next = b.add(tile, 1);
  b.doIf(b.isLess(next, endTile), [&] { copyTile(k, keyTile, next); });

  // The scale, of powers of 2, is applied to the difference to the maximum.
  double factor = llvm::numbers::log2e * op.getScaleOrDefault();
  Value scale = b.real(factor);
  std::array<Value, ownRows> negative;
  for (int64_t i = 0; i < ownRows; ++i) {
    Value largest = scores[0][2 * i];
    for (const Sums &sums : scores)
      for (int64_t c = 0; c < 2; ++c)
        largest = b.maximum(largest, sums[2 * i + c]);
    largest = b.maximum(state.largest[i],
                        b.combineGroup(largest, [&](Value a, Value c) {
                          return b.maximum(a, c);
                        }));
    // A row that has seen no key yet has no weights, and no NaNs.
    Value sawNone = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, largest,
                                          b.lowest());
    Value scaled = b.multiply(largest, b.real(-factor));
    negative[i] = b.select(sawNone, b.real(0), scaled);
    Value less =
        b.exp2(LLVM::FMAOp::create(b, state.largest[i], scale, negative[i]));
    state.largest[i] = largest;
    state.total[i] = b.multiply(state.total[i], less);
    for (Sums &sums : state.results)
      for (int64_t c = 0; c < 2; ++c)
        sums[2 * i + c] = b.multiply(sums[2 * i + c], less);
  }
  for (Sums &sums : scores)
    for (int64_t c = 0; c < 4; ++c) {
      sums[c] = b.exp2(LLVM::FMAOp::create(b, sums[c], scale, negative[c / 2]));
      state.total[c / 2] = b.add(state.total[c / 2], sums[c]);
    }
  addValues(scores, state);
}

void AttentionKernel::store(const State &state) {
  for (int64_t i = 0; i < ownRows; ++i) {
    Value total = b.combineGroup(state.total[i],
                                 [&](Value a, Value c) { return b.add(a, c); });
    Value inverse = arith::DivFOp::create(b, b.real(1), total);
    Value first = begin[i] ? b.most(begin[i], b.number(0)) : b.number(0);
    Value seesAny = b.isLess(first, end[i]);
    b.doIf(b.isLess(row[i], result.rows), [&] {
      Value to = b.getElement(
          b.getRow(result.address, row[i], result.stride),
          b.add(b.multiply(head, result.width), b.multiply(place, 2)));
      for (auto [index, sums] : llvm::enumerate(state.results)) {
        auto finish = [&](Value sum) {
          return b.select(seesAny, b.multiply(sum, inverse), b.real(0));
        };
        b.storePair(b.pack(finish(sums[2 * i]), finish(sums[2 * i + 1])),
                    b.getElement(to, int64_t(index) * 8));
      }
    });
  }
}

void AttentionKernel::build() {
  findPlace();
  findKeys();
  loadQueries();
  // Of four matrices of keys, the second has the next 8 elements, the third and
  // fourth the next 8 keys; of values, the second has the next 8 keys.
  Value inMatrix = b.remainder(lane, 8);
  Value second = b.multiply(b.remainder(b.divide(lane, 8), 2), 8);
  Value third = b.multiply(b.divide(lane, 16), 8);
  keyMatrix = getMatrixAddress(k, keyTile, b.add(inMatrix, third), second);
  valueMatrix = getMatrixAddress(v, valueTile, b.add(inMatrix, second), third);

  Value zero = b.real(0);
  Value none = b.lowest();
  State start{SmallVector<Sums>(v.width / 8, {zero, zero, zero, zero}),
              {none, none},
              {zero, zero}};
  b.doIf(b.isLess(firstTile, endTile),
         [&] { copyTile(k, keyTile, firstTile); });
  auto loop =
      scf::ForOp::create(b, firstTile, endTile, b.number(1), start.flatten());
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    State state = State::read(loop.getRegionIterArgs());
    addTile(loop.getInductionVar(), state);
    scf::YieldOp::create(b, state.flatten());
  }
  store(State::read(loop.getResults()));
  LLVM::ReturnOp::create(b, ValueRange());
}

LLVM::LLVMFuncOp llamir::buildAttentionKernel(OpBuilder &builder,
                                              llama::AttentionOp op,
                                              StringRef name) {
  MLIRContext *context = builder.getContext();
  Location loc = op.getLoc();
  Type i32 = builder.getI32Type();
  int64_t bytes = 0;
  for (int64_t width : {op.getHeadDim(), op.getValueDim()})
    bytes += Heads{{}, {}, {}, width}.getTileBytes();
  auto shared = LLVM::GlobalOp::create(
      builder, loc, LLVM::LLVMArrayType::get(builder.getI8Type(), bytes),
      /*isConstant=*/false, LLVM::Linkage::Internal, (name + ".tiles").str(),
      Attribute(), /*alignment=*/16, unsigned(NVVM::NVVMMemorySpace::Shared));
  SmallVector<Type> parameters;
  for (int64_t array = 0; array < 4; ++array)
    parameters.append({LLVM::LLVMPointerType::get(
                           context, unsigned(NVVM::NVVMMemorySpace::Global)),
                       i32, i32});
  auto function = LLVM::LLVMFuncOp::create(
      builder, loc, name,
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context),
                                  parameters));
  function->setAttr(NVVM::NVVMDialect::getKernelFuncAttrName(),
                    builder.getUnitAttr());
  function->setAttr(NVVM::NVVMDialect::getMaxntidAttrName(),
                    builder.getDenseI32ArrayAttr({attentionThreads}));
  function->setAttr(NVVM::NVVMDialect::getMinctasmAttrName(),
                    builder.getI32IntegerAttr(blocksAtOnce));
  OpBuilder::InsertionGuard guard(builder);
  function.addEntryBlock(builder);
  AttentionKernel(op, function, shared).build();
  return function;
}
