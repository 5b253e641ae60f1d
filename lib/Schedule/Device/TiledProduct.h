//===- TiledProduct.h - Products for many tokens ---------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_SCHEDULE_DEVICE_TILEDPRODUCT_H
#define LLAMIR_LIB_SCHEDULE_DEVICE_TILEDPRODUCT_H

#include "../ScheduleBuilder.h"

namespace llamir {

/// How a block of threads multiplies many tokens: it makes a tile of `rows`
/// rows of the weight by `tokens` tokens. Slices of both operands lie in its
/// memory, and so does the tile; each thread multiplies its part of a slice in
/// registers.
struct TiledProduct {
  ScheduleBuilder &s;
  int64_t tokens = 64;

  static constexpr int64_t rows = 64, rowsOfThread = 4;
  static constexpr int64_t rowThreads = rows / rowsOfThread, tokenThreads = 8;
  int64_t tokensOfThread() const { return tokens / tokenThreads; }
  /// Of a block's memory, when `products` tiles are read at once.
  int64_t getBytes(int64_t products) const;

  /// Spreads a func of columns and tokens over blocks of tiles. Returns the
  /// loop of blocks in which tiles are computed, "panel", and the innermost of
  /// threads, "column". `plain` is a copy, which a thread writes in vectors.
  std::pair<mlir::Value, mlir::Value> spread(mlir::Value column,
                                             mlir::Value token, bool plain);
  /// Sums up a func of (1, row, token) in `block`, from the funcs `panel` of
  /// (1, input, row) and `rows` of (input, token), of which `together` elements
  /// are loaded at once.
  struct Operand {
    mlir::Value func;
    int64_t together;
  };
  void sum(mlir::Value func, Operand panel, Operand rows, mlir::Value block);

private:
  struct Tile {
    mlir::Value row, rowThread, token, tokenThread;
  };
  Tile split(mlir::Value row, mlir::Value token);
  void share(Operand operand, int64_t extent, mlir::Value at);
};

} // namespace llamir

#endif // LLAMIR_LIB_SCHEDULE_DEVICE_TILEDPRODUCT_H
