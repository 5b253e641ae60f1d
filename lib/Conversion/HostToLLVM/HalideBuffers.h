//===- HalideBuffers.h - Halide's structs in LLVM ---------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_CONVERSION_HOSTTOLLVM_HALIDEBUFFERS_H
#define LLAMIR_LIB_CONVERSION_HOSTTOLLVM_HALIDEBUFFERS_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace llamir {

/// A constant of an integer type.
mlir::Value getLLVMConstant(mlir::ImplicitLocOpBuilder &builder,
                            mlir::Type type, int64_t value);
/// What a field of `structType` at `base` holds.
mlir::Value loadField(mlir::ImplicitLocOpBuilder &builder, mlir::Type type,
                      mlir::Type structType, mlir::Value base,
                      llvm::ArrayRef<mlir::LLVM::GEPArg> path);

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

/// What --convert-halide-extern-to-llvm calls of the runtime, beside the host
/// functions (lib/Runtime/Generated.h).
constexpr llvm::StringLiteral answerQueryName = "llamir_rt_answer_query";
constexpr llvm::StringLiteral needRowsName = "llamir_rt_need_rows";

} // namespace llamir

#endif // LLAMIR_LIB_CONVERSION_HOSTTOLLVM_HALIDEBUFFERS_H
