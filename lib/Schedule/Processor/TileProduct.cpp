//===- TileProduct.cpp - Products in matrix tiles -------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A tile register holds 16 rows of 64 bytes: 16 x 16 sums, 16 rows of 32
// activations, or 16 pairs of inputs for 16 columns of a panel. The sums of 16
// rows and all columns of a panel stay in registers while a loop over the
// inputs loads one tile of rows and multiplies it by the tiles of the panel.
//
// Few rows pass over a panel once, as it comes from memory. More of them pass
// over a block of it at a time, which stays in the first-level cache, and leave
// their sums in memory between blocks. Rows lie in the second-level cache.
//
//===----------------------------------------------------------------------===//

#include "TileProduct.h"
#include "dialects/halide/HalideDialect.h"
#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace llamir;

namespace {
constexpr int64_t columnsOfTile = 16, inputsOfTile = 32, numTileRegisters = 8;
/// Steps between fetching a part of a panel and reading it, where all rows are
/// one tile, so that the panel comes from memory. Fetched between products, it
/// comes as fast as four places side by side; all at once, at two thirds.
constexpr int64_t stepsAhead = 4;
/// Inputs of a block of a panel: 64 columns of them are 32 KiB.
constexpr int64_t inputsOfBlock = 256;

/// Writes a function that adds products of inputs from `first` to `last` to the
/// sums.
class TileProductBuilder {
public:
  TileProductBuilder(func::FuncOp function, int64_t inputs, int64_t width,
                     int64_t parts)
      : function(function),
        builder(function.getLoc(), OpBuilder(function.getContext())),
        inputs(inputs), width(width), parts(parts) {
    builder.setInsertionPointToEnd(function.addEntryBlock());
    castPanels();
    rowStride = getStride(rows());
    productStride = getStride(product());
    panelStride = index(2 * width);
  }

  /// All inputs, but those at the end that fill no tile.
  void buildWhole(func::FuncOp tail);
  /// Those at the end.
  void buildTail();

private:
  /// A constant at the beginning of the function.
  Value index(int64_t value) {
    Value &constant = constants[value];
    if (!constant) {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(&function.getBody().front());
      constant = arith::ConstantIndexOp::create(builder, value);
    }
    return constant;
  }
  Value rows() { return function.getArgument(0); }
  Value panels() { return densePanels; }
  Value product() { return function.getArgument(3); }
  amx::TileType getSumType() {
    return amx::TileType::get({rowsOfMatrixTile, columnsOfTile},
                              builder.getF32Type());
  }
  int64_t numTiles() { return width / columnsOfTile; }

  /// Elements from one of the outermost dimension to the next.
  Value getStride(Value memref) {
    return memref::ExtractStridedMetadataOp::create(builder, memref)
        .getStrides()
        .front();
  }
  /// Says of the panels what every buffer's rows are: dense.
  void castPanels();
  /// Runs `body` for the first row of each tile of rows and each panel, the
  /// panel's number in the product and in the weight.
  void forAll(function_ref<void(Value row, Value panel, Value number)> body);
  SmallVector<Value> loadSums(Value row, Value panel);
  SmallVector<Value> zeroSums();
  void storeSums(Value row, Value panel, ValueRange sums);
  /// Adds the products of a step of `count` inputs from `k` on to the sums.
  /// Between them it fetches what a later step reads, if it is to.
  SmallVector<Value> addStep(Value row, Value number, Value k, int64_t count,
                             ValueRange sums, bool fetches = false);
  /// Fetches a pair of inputs of a panel into the second-level cache.
  void prefetchPair(Value number, Value pair);
  /// Fetches a part of the same block of the next panel into the second-level
  /// cache: at each step for each tile of rows two inputs, so that 256 rows, 8
  /// steps each, fetch all of it.
  void prefetchNext(Value row, Value number, Value first, Value k);
  /// Fetches what a later step reads of the panel into the second-level cache:
  /// the share of one of its tiles.
  void prefetchAhead(Value number, Value k, int64_t tile);
  /// The products of inputs from `first` to `last`, with sums from memory
  /// unless these are the first. With many rows there is time to fetch what
  /// comes next.
  void addBlock(Value first, Value last, bool isFirst, bool areMany);

  func::FuncOp function;
  ImplicitLocOpBuilder builder;
  Value densePanels;
  int64_t inputs, width, parts;
  llvm::MapVector<int64_t, Value> constants;
  /// Elements from row to row of what is multiplied, of the panels and of the
  /// product.
  Value rowStride, panelStride, productStride;
};
} // namespace

void TileProductBuilder::castPanels() {
  Value given = function.getArgument(1);
  auto type = cast<MemRefType>(given.getType());
  auto parts = memref::ExtractStridedMetadataOp::create(builder, given);
  SmallVector<int64_t> strides = {ShapedType::kDynamic, 2 * width, 2, 1};
  auto dense =
      MemRefType::get(type.getShape(), type.getElementType(),
                      StridedLayoutAttr::get(builder.getContext(), 0, strides));
  SmallVector<OpFoldResult> sizes, steps = {parts.getStrides().front()};
  for (int64_t size : type.getShape())
    sizes.push_back(builder.getIndexAttr(size));
  for (int64_t stride : ArrayRef(strides).drop_front())
    steps.push_back(builder.getIndexAttr(stride));
  densePanels =
      memref::ReinterpretCastOp::create(builder, dense, parts.getBaseBuffer(),
                                        builder.getIndexAttr(0), sizes, steps);
}

void TileProductBuilder::forAll(
    function_ref<void(Value row, Value panel, Value number)> body) {
  Value zero = index(0), one = index(1);
  Value first = arith::AddIOp::create(builder, function.getArgument(2),
                                      function.getArgument(4));
  Value numPanels = memref::DimOp::create(builder, product(), one);
  Value numRows = memref::DimOp::create(builder, product(), zero);
  auto overPanels = scf::ForOp::create(builder, zero, numPanels, one);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(overPanels.getBody());
  Value panel = overPanels.getInductionVar();
  Value number = arith::AddIOp::create(builder, panel, first);
  auto overRows =
      scf::ForOp::create(builder, zero, numRows, index(rowsOfMatrixTile));
  builder.setInsertionPointToStart(overRows.getBody());
  body(overRows.getInductionVar(), panel, number);
}

SmallVector<Value> TileProductBuilder::zeroSums() {
  SmallVector<Value> sums;
  for (int64_t tile = 0; tile < numTiles(); ++tile)
    sums.push_back(amx::TileZeroOp::create(builder, getSumType()));
  return sums;
}

SmallVector<Value> TileProductBuilder::loadSums(Value row, Value panel) {
  SmallVector<Value> sums;
  for (int64_t tile = 0; tile < numTiles(); ++tile)
    sums.push_back(amx::TileLoadOp::create(
        builder, getSumType(), product(),
        ValueRange{row, panel, index(tile * columnsOfTile)}, productStride));
  return sums;
}

void TileProductBuilder::storeSums(Value row, Value panel, ValueRange sums) {
  for (auto [tile, sum] : llvm::enumerate(sums))
    amx::TileStoreOp::create(
        builder, product(), ValueRange{row, panel, index(tile * columnsOfTile)},
        sum, productStride);
}

SmallVector<Value> TileProductBuilder::addStep(Value row, Value number, Value k,
                                               int64_t count, ValueRange sums,
                                               bool fetches) {
  Type bf16 = builder.getBF16Type();
  auto left = amx::TileType::get({rowsOfMatrixTile, count}, bf16);
  auto right = amx::TileType::get({count / 2, 2 * columnsOfTile}, bf16);
  Value pair = arith::DivUIOp::create(builder, k, index(2));
  Value zero = index(0);
  SmallVector<Value> added(sums);
  auto loadRows = [&](int64_t part) -> Value {
    SmallVector<Value> place = {row, k};
    if (parts > 1)
      place.insert(place.begin() + 1, index(part));
    return amx::TileLoadOp::create(builder, left, rows(), place, rowStride);
  };
  auto loadPanel = [&](int64_t tile) -> Value {
    return amx::TileLoadOp::create(
        builder, right, panels(),
        ValueRange{number, pair, index(tile * columnsOfTile), zero},
        panelStride);
  };
  // Where there is no room for all parts, the tiles of the panel are loaded
  // again for each.
  bool fits = numTiles() + parts < numTileRegisters;
  int64_t atOnce = fits ? parts : 1;
  for (int64_t first = 0; first < parts; first += atOnce) {
    SmallVector<Value> x;
    for (int64_t part = first; part < first + atOnce; ++part)
      x.push_back(loadRows(part));
    for (auto [tile, sum] : llvm::enumerate(added)) {
      Value w = loadPanel(tile);
      for (Value part : x)
        sum = amx::TileMulFOp::create(builder, getSumType(), part, w, sum);
      if (fetches && first == 0)
        prefetchAhead(number, k, tile);
    }
  }
  return added;
}

void TileProductBuilder::prefetchPair(Value number, Value pair) {
  for (int64_t tile = 0; tile < numTiles(); ++tile)
    memref::PrefetchOp::create(
        builder, panels(),
        ValueRange{number, pair, index(tile * columnsOfTile), index(0)},
        /*isWrite=*/false, /*localityHint=*/2, /*isDataCache=*/true);
}

void TileProductBuilder::prefetchNext(Value row, Value number, Value first,
                                      Value k) {
  auto type = cast<MemRefType>(panels().getType());
  Value two = index(2), step = arith::SubIOp::create(builder, k, first);
  Value pair = arith::AddIOp::create(
      builder, arith::DivUIOp::create(builder, first, two),
      arith::AddIOp::create(
          builder, arith::DivUIOp::create(builder, row, two),
          arith::DivUIOp::create(builder, step, index(inputsOfTile))));
  pair = arith::MinUIOp::create(builder, pair, index(type.getDimSize(1) - 1));
  Value next = arith::MinUIOp::create(
      builder, arith::AddIOp::create(builder, number, index(1)),
      index(type.getDimSize(0) - 1));
  prefetchPair(next, pair);
}

void TileProductBuilder::prefetchAhead(Value number, Value k, int64_t tile) {
  constexpr int64_t pairs = inputsOfTile / 2;
  Value first = arith::DivUIOp::create(builder, k, index(2));
  // Behind the last panel there may be nothing to fetch, which does no harm.
  for (int64_t pair = pairs * tile / numTiles();
       pair < pairs * (tile + 1) / numTiles(); ++pair)
    prefetchPair(number, arith::AddIOp::create(
                             builder, first, index(stepsAhead * pairs + pair)));
}

void TileProductBuilder::addBlock(Value first, Value last, bool isFirst,
                                  bool areMany) {
  forAll([&](Value row, Value panel, Value number) {
    SmallVector<Value> sums = isFirst ? zeroSums() : loadSums(row, panel);
    auto loop =
        scf::ForOp::create(builder, first, last, index(inputsOfTile), sums);
    {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToEnd(loop.getBody());
      if (areMany)
        prefetchNext(row, number, first, loop.getInductionVar());
      scf::YieldOp::create(builder,
                           addStep(row, number, loop.getInductionVar(),
                                   inputsOfTile, loop.getRegionIterArgs(),
                                   /*fetches=*/!areMany));
    }
    storeSums(row, panel, loop.getResults());
  });
}

void TileProductBuilder::buildWhole(func::FuncOp tail) {
  int64_t whole = inputs / inputsOfTile * inputsOfTile;
  if (whole > 0) {
    Value zero = index(0), end = index(whole);
    Value block = index(std::min(inputsOfBlock, whole));
    Value numRows = memref::DimOp::create(builder, product(), zero);
    Value areFew = arith::CmpIOp::create(builder, arith::CmpIPredicate::ule,
                                         numRows, index(rowsOfMatrixTile));
    auto either = scf::IfOp::create(builder, areFew, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(either.thenBlock());
    addBlock(zero, end, /*isFirst=*/true, /*areMany=*/false);
    builder.setInsertionPointToStart(either.elseBlock());
    addBlock(zero, block, /*isFirst=*/true, /*areMany=*/true);
    auto loop = scf::ForOp::create(builder, block, end, block);
    builder.setInsertionPointToStart(loop.getBody());
    Value first = loop.getInductionVar();
    Value last = arith::MinUIOp::create(
        builder, arith::AddIOp::create(builder, first, block), end);
    addBlock(first, last, /*isFirst=*/false, /*areMany=*/true);
  }
  if (tail)
    func::CallOp::create(builder, tail, function.getArguments());
  func::ReturnOp::create(builder);
}

void TileProductBuilder::buildTail() {
  int64_t whole = inputs / inputsOfTile * inputsOfTile;
  int64_t count = inputs - whole;
  forAll([&](Value row, Value panel, Value number) {
    SmallVector<Value> sums = whole > 0 ? loadSums(row, panel) : zeroSums();
    storeSums(row, panel, addStep(row, number, index(whole), count, sums));
  });
  func::ReturnOp::create(builder);
}

func::FuncOp llamir::getTileProduct(ModuleOp module, const TargetInfo &target,
                                    int64_t inputs, int64_t width,
                                    int64_t numPanels, int64_t parts) {
  std::string name =
      llvm::formatv("multiply_tiles_{0}x{1}x{2}", inputs, width, numPanels);
  if (parts > 1)
    name += "_in_parts";
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  Type bf16 = builder.getBF16Type(), index = builder.getIndexType();
  constexpr int64_t any = ShapedType::kDynamic;
  auto type = builder.getFunctionType(
      {parts > 1 ? halide::getExternMemRef({any, parts, inputs}, bf16)
                 : halide::getExternMemRef({any, inputs}, bf16),
       halide::getExternMemRef({numPanels, inputs / 2, width, 2}, bf16), index,
       halide::getExternMemRef({any, any, any}, builder.getF32Type()), index,
       index},
      {});
  // Someone may have given another function that name.
  std::string unique = name;
  for (int count = 1; Operation *found = module.lookupSymbol(unique); ++count) {
    auto function = dyn_cast<func::FuncOp>(found);
    if (function && function.getFunctionType() == type &&
        function->getAttr(halide::externAttrName) ==
            builder.getStringAttr(target.name))
      return function;
    unique = name + "_" + std::to_string(count);
  }
  name = unique;
  auto addFunction = [&](const std::string &name) {
    auto function = func::FuncOp::create(builder, module.getLoc(), name, type);
    function.setPrivate();
    function->setAttr(halide::externAttrName,
                      builder.getStringAttr(target.name));
    return function;
  };
  func::FuncOp tail;
  if (inputs % inputsOfTile != 0) {
    tail = addFunction(name + "_tail");
    TileProductBuilder(tail, inputs, width, parts).buildTail();
  }
  func::FuncOp function = addFunction(name);
  TileProductBuilder(function, inputs, width, parts).buildWhole(tail);
  return function;
}
