//===- ConvertTypes.h - What passes on element types share ------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_TRANSFORMS_CONVERTTYPES_H
#define LLAMIR_LIB_TRANSFORMS_CONVERTTYPES_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"

namespace llamir {

/// The element type that an option names: f32, bf16 or f16. Null, with an error
/// on `op`, for another text.
mlir::FloatType parseFloatType(mlir::Operation *op, llvm::StringRef option,
                               llvm::StringRef text);

} // namespace llamir

#endif // LLAMIR_LIB_TRANSFORMS_CONVERTTYPES_H
