//===- HalideScheduleTranslation.h - Schedules in calls ---------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_TARGET_HALIDESCHEDULETRANSLATION_H
#define LLAMIR_LIB_TARGET_HALIDESCHEDULETRANSLATION_H

#include "HalideExpressions.h"
#include "llamir/Support/TargetInfo.h"

namespace llamir {

/// Applies the directives of a schedule for the target to the funcs in
/// `translator`.
llvm::LogicalResult translateSchedule(halide::ScheduleOp schedule,
                                      const TargetInfo &target,
                                      ExprTranslator &translator);

} // namespace llamir

#endif // LLAMIR_LIB_TARGET_HALIDESCHEDULETRANSLATION_H
