//===- Grid.h - Loops on blocks of threads ----------------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_SCHEDULE_DEVICE_GRID_H
#define LLAMIR_LIB_SCHEDULE_DEVICE_GRID_H

#include "../ScheduleBuilder.h"

namespace llamir {

/// Threads of a block that share nothing.
constexpr int64_t threadsOfBlock = 256;

/// Elements of `length` ones that lie side by side which a thread computes at
/// once: 16 bytes, if there are so many. 1 on devices whose code libHalide
/// makes no such vectors for.
int64_t getVectorLanes(ScheduleBuilder &schedule, mlir::Type element,
                       int64_t length);

/// Spreads the steps of loops, the innermost first, over blocks of threads, so
/// that the threads of a warp take steps side by side. Returns the loop of
/// threads.
mlir::Value spread(ScheduleBuilder &schedule,
                   llvm::ArrayRef<mlir::Value> loops);

/// Spreads the output, whose outermost dimension are tokens. Returns a loop of
/// the processor with one step around it: what is computed there comes before,
/// in the versions of the output that read it.
mlir::Value spreadOnce(ScheduleBuilder &schedule, mlir::Value output);

/// Computes a func once, before whoever reads it, in blocks of its own: its
/// definition and its updates, whose reduction loops are steps of a thread.
void spreadFunc(ScheduleBuilder &schedule, mlir::Value func);

/// Spreads the result of a norm, of `shape` with the tokens last, a block a
/// row: partial sums of its elements, and then the row again, which the caches
/// still have.
void spreadNormRows(ScheduleBuilder &schedule, mlir::Value func,
                    llvm::ArrayRef<int64_t> shape);

/// Computes once what rotations have of the length of the sequence, if that
/// matters, in a thread.
void spreadLength(ScheduleBuilder &schedule);

/// Sums up a func that has one reduction loop for each block of another, in
/// `at`: `threads` threads sum up elements, `lanes` at once that lie side by
/// side, of which there are as many as a multiple of both; fewer threads sum up
/// those of theirs.
void sumInBlock(ScheduleBuilder &schedule, mlir::Value sum, mlir::Value at,
                int64_t threads, int64_t lanes = 1);

} // namespace llamir

#endif // LLAMIR_LIB_SCHEDULE_DEVICE_GRID_H
