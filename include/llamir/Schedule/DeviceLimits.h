//===- DeviceLimits.h - What a device has room for --------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_SCHEDULE_DEVICELIMITS_H
#define LLAMIR_SCHEDULE_DEVICELIMITS_H

#include "dialects/halide/HalideDialect.h"
#include "llamir/Support/TargetInfo.h"

namespace llamir {

/// Refuses a schedule whose blocks have more threads, or share more memory,
/// than the device has, as far as the schedule says how many they are. A target
/// that is no device has no such limits.
llvm::LogicalResult checkDeviceLimits(halide::ScheduleOp schedule,
                                      const TargetInfo &target);

} // namespace llamir

#endif // LLAMIR_SCHEDULE_DEVICELIMITS_H
