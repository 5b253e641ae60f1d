//===- ConvertTypes.cpp - What passes on element types share -------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConvertTypes.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace llamir;

FloatType llamir::parseFloatType(Operation *op, StringRef option,
                                 StringRef text) {
  Builder builder(op->getContext());
  if (text == "f32")
    return builder.getF32Type();
  if (text == "bf16")
    return builder.getBF16Type();
  if (text == "f16")
    return builder.getF16Type();
  op->emitError() << "unknown element type '" << text << "' for " << option
                  << "; there are f32, bf16, f16";
  return {};
}
