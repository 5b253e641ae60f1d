//===- HalideBuffers.cpp - Halide's structs in LLVM -----------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HalideBuffers.h"
#include "HalideRuntime.h"

using namespace mlir;
using namespace llamir;

Value llamir::getLLVMConstant(ImplicitLocOpBuilder &builder, Type type,
                              int64_t value) {
  return LLVM::ConstantOp::create(builder, type,
                                  builder.getIntegerAttr(type, value));
}

Value llamir::loadField(ImplicitLocOpBuilder &builder, Type type,
                        Type structType, Value base,
                        ArrayRef<LLVM::GEPArg> path) {
  Value place =
      LLVM::GEPOp::create(builder, base.getType(), structType, base, path);
  return LLVM::LoadOp::create(builder, type, place);
}

LLVM::LLVMStructType llamir::getHalideDimensionType(Builder &builder) {
  Type i32 = builder.getI32Type();
  static_assert(offsetof(halide_dimension_t, min) == 0 &&
                    offsetof(halide_dimension_t, extent) == 4 &&
                    offsetof(halide_dimension_t, stride) == 8 &&
                    sizeof(halide_dimension_t) == 16,
                "four numbers");
  return LLVM::LLVMStructType::getLiteral(builder.getContext(),
                                          {i32, i32, i32, i32});
}

LLVM::LLVMStructType llamir::getHalideBufferType(Builder &builder) {
  Type i32 = builder.getI32Type(), i64 = builder.getI64Type();
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext());
  static_assert(offsetof(halide_buffer_t, host) == 16 &&
                    offsetof(halide_buffer_t, type) == 32 &&
                    offsetof(halide_buffer_t, dim) == 40 &&
                    sizeof(halide_buffer_t) == 56,
                "the type is stored as one number");
  return LLVM::LLVMStructType::getLiteral(
      builder.getContext(),
      {i64, pointer, pointer, i64, i32, i32, pointer, pointer});
}
