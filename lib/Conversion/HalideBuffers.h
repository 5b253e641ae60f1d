//===- HalideBuffers.h - Halide's structs in LLVM ---------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_CONVERSION_HALIDEBUFFERS_H
#define LLAMIR_LIB_CONVERSION_HALIDEBUFFERS_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"

namespace llamir {

/// halide_dimension_t of HalideRuntime.h as LLVM has it.
mlir::LLVM::LLVMStructType getHalideDimensionType(mlir::Builder &builder);
/// The numbers of its fields.
enum class DimensionField : int32_t { Min, Extent, Stride, Flags };

/// halide_buffer_t of HalideRuntime.h as LLVM has it.
mlir::LLVM::LLVMStructType getHalideBufferType(mlir::Builder &builder);
/// The numbers of its fields.
enum class BufferField : int32_t {
  Device,
  DeviceInterface,
  Host,
  Flags,
  Type,
  Dimensions,
  Dim,
  Padding
};

} // namespace llamir

#endif // LLAMIR_LIB_CONVERSION_HALIDEBUFFERS_H
