//===- TiledProduct.cpp - Products for many tokens -----------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TiledProduct.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

using Tail = ScheduleBuilder::Tail;

int64_t TiledProduct::getBytes(int64_t products) const {
  return 4 * (products * rows * tokens + inputsOfSlice * (rows + tokens));
}

/// Divides a tile between the threads of its block.
TiledProduct::Tile TiledProduct::split(Value row, Value token) {
  auto [rowThread, ownRow] =
      s.split(row, rowsOfThread, Tail::RoundUp, "column", "own_column");
  auto [tokenThread, ownToken] =
      s.split(token, tokensOfThread(), Tail::RoundUp, "row", "own_row");
  s.unroll(ownToken);
  s.gpuThreads(rowThread);
  s.gpuThreads(tokenThread);
  return {ownRow, rowThread, ownToken, tokenThread};
}

std::pair<Value, Value> TiledProduct::spread(Value column, Value token,
                                             bool plain) {
  auto [panel, columnsOfTile] =
      s.split(column, rows, Tail::GuardWithIf, "panel", "columns");
  auto [tile, rowsOfTile] =
      s.split(token, tokens, Tail::GuardWithIf, "tile", "rows");
  Tile own = split(columnsOfTile, rowsOfTile);
  s.reorder({own.row, own.token, own.rowThread, own.tokenThread, panel, tile});
  // With vectors of what an activation computes libHalide 21 made no OpenCL C.
  if (plain)
    s.vectorizeWhole(own.row);
  else
    s.unroll(own.row);
  s.gpuBlocks(panel);
  s.gpuBlocks(tile);
  return {panel, own.rowThread};
}

/// Has the threads of a block load what they share of an operand: neighbours
/// load of neighbouring rows, 16 bytes each, and write them beside each other.
void TiledProduct::share(Operand operand, int64_t extent, Value at) {
  Value func = operand.func;
  s.computeAt(func, at);
  s.storeIn(func, MemoryType::GPUShared);
  int64_t rank = cast<FuncType>(func.getType()).getRank();
  SmallVector<int64_t> storage;
  for (int64_t dim = rank; dim-- > 0;)
    storage.push_back(dim);
  s.reorderStorage(func, storage);
  s.boundExtent(func, rank - 1, extent);
  s.boundExtent(func, rank - 2, inputsOfSlice);
  if (rank > 2)
    s.boundExtent(func, 0, 1);
  SmallVector<Value> loops = s.loops(func);
  auto [load, together] = s.split(loops[rank - 2], operand.together,
                                  Tail::RoundUp, "load", "together");
  auto [group, rowThread] =
      s.split(loops[rank - 1], rowThreads, Tail::RoundUp, "group", "thread");
  Value all = s.fuse(group, load, "loads");
  auto [step, tokenThread] =
      s.split(all, tokenThreads, Tail::GuardWithIf, "step", "load_thread");
  SmallVector<Value> order = {together, step, rowThread, tokenThread};
  if (rank > 2)
    order.insert(order.begin() + 1, loops[0]);
  s.reorder(order);
  s.vectorizeWhole(together);
  s.unroll(step);
  s.gpuThreads(rowThread);
  s.gpuThreads(tokenThread);
}

void TiledProduct::sum(Value func, Operand panel, Operand operand,
                       Value block) {
  Value k = s.loops(func, 0, 1).back();
  Value partial =
      s.rfactor(s.split(k, inputsOfSlice, Tail::Auto).first, "slice");
  s.computeAt(func, block);
  s.storeIn(func, MemoryType::GPUShared);
  s.boundExtent(func, 0, 1);
  s.boundExtent(func, 1, rows);
  s.boundExtent(func, 2, tokens);
  SmallVector<Value> loops = s.loops(func); // c, p, t
  Tile own = split(loops[1], loops[2]);
  s.reorder({own.row, loops[0], own.token, own.rowThread, own.tokenThread});
  s.vectorizeWhole(own.row);
  loops = s.loops(func, 0, 1); // c, p, t, slices
  own = split(loops[1], loops[2]);
  Value slice = loops.back();
  s.reorder(
      {own.row, loops[0], own.token, own.rowThread, own.tokenThread, slice});
  s.vectorizeWhole(own.row);

  s.computeAt(partial, own.rowThread);
  s.storeIn(partial, MemoryType::Register);
  s.boundExtent(partial, 0, 1);
  s.boundExtent(partial, 1, rowsOfThread);
  s.boundExtent(partial, 2, tokensOfThread());
  s.boundExtent(partial, 3, 1);
  loops = s.loops(partial);
  s.vectorizeWhole(loops[1]);
  s.unroll(loops[2]);
  loops = s.loops(partial, 0, 1); // c, p, t, slice, k
  s.reorder({loops[1], loops[2], loops[0], loops[3], loops[4]});
  s.vectorizeWhole(loops[1]);
  s.unroll(loops[2]);

  share(panel, rows, slice);
  share(operand, tokens, slice);
}
