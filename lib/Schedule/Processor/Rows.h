//===- Rows.h - Rows in tasks and vectors -----------------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_SCHEDULE_PROCESSOR_ROWS_H
#define LLAMIR_LIB_SCHEDULE_PROCESSOR_ROWS_H

#include "../ScheduleBuilder.h"

namespace llamir {

/// Rows that are one task: enough work to pay for a task, and tasks enough to
/// share.
int64_t getRowsOfTask(int64_t width);

/// Schedules a func of rows, of `shape` with the tokens last: rows in tasks,
/// and what is one task without any. A result that is larger than the caches
/// goes past them. Returns the loop over rows in a task.
mlir::Value scheduleRows(ScheduleBuilder &schedule, mlir::Value func,
                         llvm::ArrayRef<int64_t> shape);

/// The same of the result of a norm: the sums of a row in four vectors of
/// partial sums, while the row comes from memory; then the row again, from
/// cache.
void scheduleNormRows(ScheduleBuilder &schedule, mlir::Value func,
                      llvm::ArrayRef<int64_t> shape);

/// Computes once what rotations have of the length of the sequence, if that
/// matters.
void scheduleLength(ScheduleBuilder &schedule);

/// Computes a sum of `width` elements of each row at a loop over rows, in
/// vectors of partial sums.
void sumRow(ScheduleBuilder &schedule, mlir::Value sum, mlir::Value row,
            int64_t width);

/// Adds up rows, each in vectors: of the update's loops the first is along a
/// row, the last numbers what is added. The others stay as they are.
void addRows(ScheduleBuilder &schedule, mlir::Value sum);

} // namespace llamir

#endif // LLAMIR_LIB_SCHEDULE_PROCESSOR_ROWS_H
