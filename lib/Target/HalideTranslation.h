//===- HalideTranslation.h - To libHalide's objects -------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_TARGET_HALIDETRANSLATION_H
#define LLAMIR_LIB_TARGET_HALIDETRANSLATION_H

#include "dialects/halide/HalideDialect.h"
#include "llamir/Support/TargetInfo.h"

// libHalide's header defines functions named like LLVM's macros and warns under
// our flags.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include "Halide.h"
#pragma GCC diagnostic pop

namespace llamir {

/// A pipeline as libHalide has it.
struct TranslatedPipeline {
  Halide::Pipeline pipeline;
  std::vector<Halide::Argument> arguments;
};

/// Builds libHalide's objects for a pipeline, with its schedule for the target.
/// Functions that it calls have `prefix` before their names. What libHalide
/// throws becomes an error on the op at hand.
llvm::FailureOr<TranslatedPipeline>
translateToHalide(halide::PipelineOp pipeline, const TargetInfo &target,
                  llvm::StringRef prefix);

} // namespace llamir

#endif // LLAMIR_LIB_TARGET_HALIDETRANSLATION_H
