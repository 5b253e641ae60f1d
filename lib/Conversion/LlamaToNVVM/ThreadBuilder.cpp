//===- ThreadBuilder.cpp - What a thread of a CUDA kernel does ------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ThreadBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace llamir;

ThreadBuilder::ThreadBuilder(Location loc, Block *end, Type type)
    : ImplicitLocOpBuilder(loc, end, end->end()), type(type) {}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

Value ThreadBuilder::number(int64_t value) {
  return arith::ConstantIntOp::create(*this, value, 32);
}

Value ThreadBuilder::real(double value) {
  return arith::ConstantFloatOp::create(*this, getF32Type(),
                                        APFloat(float(value)));
}

Value ThreadBuilder::lowest() {
  return real(-std::numeric_limits<double>::infinity());
}

Value ThreadBuilder::add(Value a, Value b) {
  return isa<FloatType>(a.getType())
             ? Value(arith::AddFOp::create(*this, a, b))
             : Value(arith::AddIOp::create(*this, a, b));
}

Value ThreadBuilder::subtract(Value a, Value b) {
  return isa<FloatType>(a.getType())
             ? Value(arith::SubFOp::create(*this, a, b))
             : Value(arith::SubIOp::create(*this, a, b));
}

Value ThreadBuilder::multiply(Value a, Value b) {
  return isa<FloatType>(a.getType())
             ? Value(arith::MulFOp::create(*this, a, b))
             : Value(arith::MulIOp::create(*this, a, b));
}

Value ThreadBuilder::divide(Value a, int64_t b) {
  return arith::DivUIOp::create(*this, a, number(b));
}

Value ThreadBuilder::remainder(Value a, int64_t b) {
  return arith::RemUIOp::create(*this, a, number(b));
}

Value ThreadBuilder::least(Value a, Value b) {
  return arith::MinSIOp::create(*this, a, b);
}

Value ThreadBuilder::most(Value a, Value b) {
  return arith::MaxSIOp::create(*this, a, b);
}

Value ThreadBuilder::isLess(Value a, Value b) {
  return arith::CmpIOp::create(*this, arith::CmpIPredicate::slt, a, b);
}

Value ThreadBuilder::select(Value condition, Value a, Value b) {
  return arith::SelectOp::create(*this, condition, a, b);
}

Value ThreadBuilder::exp2(Value x) {
  return LLVM::CallIntrinsicOp::create(
             *this, getF32Type(), getStringAttr("llvm.nvvm.ex2.approx.ftz.f"),
             ValueRange{x})
      .getResult(0);
}

Value ThreadBuilder::maximum(Value a, Value b) {
  return arith::MaxNumFOp::create(*this, a, b);
}

Value ThreadBuilder::combineGroup(Value value,
                                  function_ref<Value(Value, Value)> combine) {
  for (int64_t distance : {1, 2})
    value =
        combine(value, NVVM::ShflOp::create(*this, value.getType(), number(-1),
                                            value, number(distance), number(31),
                                            NVVM::ShflKind::bfly, UnitAttr()));
  return value;
}

//===----------------------------------------------------------------------===//
// Threads
//===----------------------------------------------------------------------===//

Value ThreadBuilder::getThread() {
  return NVVM::ThreadIdXOp::create(*this, getI32Type());
}

Value ThreadBuilder::getBlockX() {
  return NVVM::BlockIdXOp::create(*this, getI32Type());
}

Value ThreadBuilder::getBlockY() {
  return NVVM::BlockIdYOp::create(*this, getI32Type());
}

Value ThreadBuilder::getNumBlocksY() {
  return NVVM::GridDimYOp::create(*this, getI32Type());
}

void ThreadBuilder::doIf(Value condition, function_ref<void()> body) {
  auto branch = scf::IfOp::create(*this, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(branch.thenBlock());
  body();
}

void ThreadBuilder::waitForThreads() { NVVM::Barrier0Op::create(*this); }

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Value ThreadBuilder::getElement(Value address, Value offset) {
  return LLVM::GEPOp::create(*this, address.getType(), type, address,
                             LLVM::GEPArg(offset));
}

Value ThreadBuilder::getElement(Value address, int64_t offset) {
  return LLVM::GEPOp::create(*this, address.getType(), type, address,
                             LLVM::GEPArg(int32_t(offset)));
}

Value ThreadBuilder::getRow(Value address, Value row, Value stride) {
  auto widen = [&](Value value) {
    return arith::ExtSIOp::create(*this, getI64Type(), value);
  };
  return getElement(address,
                    arith::MulIOp::create(*this, widen(row), widen(stride)));
}

Value ThreadBuilder::loadPair(Value address) {
  return LLVM::LoadOp::create(*this, getI32Type(), address, /*alignment=*/4);
}

void ThreadBuilder::storePair(Value pair, Value address) {
  LLVM::StoreOp::create(*this, pair, address, /*alignment=*/4);
}

void ThreadBuilder::copyAsync(Value shared, Value global, Value isThere) {
  constexpr int bytes = 16;
  NVVM::CpAsyncOp::create(*this, shared, global, bytes,
                          NVVM::LoadCacheModifierKind::CG,
                          select(isThere, number(bytes), number(0)));
}

void ThreadBuilder::endCopies() { NVVM::CpAsyncCommitGroupOp::create(*this); }

void ThreadBuilder::waitForCopies() {
  NVVM::CpAsyncWaitGroupOp::create(*this, 0);
}

//===----------------------------------------------------------------------===//
// Matrices
//===----------------------------------------------------------------------===//

std::array<Value, 4> ThreadBuilder::loadMatrices(Value address,
                                                 bool transposed) {
  Type i32 = getI32Type();
  auto registers =
      LLVM::LLVMStructType::getLiteral(getContext(), {i32, i32, i32, i32});
  Value loaded = NVVM::LdMatrixOp::create(
      *this, registers, address, 4,
      transposed ? NVVM::MMALayout::col : NVVM::MMALayout::row,
      NVVM::LdStMatrixShapeAttr::get(getContext(), 8, 8),
      NVVM::LdStMatrixEltType::B16);
  std::array<Value, 4> result;
  for (int64_t i = 0; i < 4; ++i)
    result[i] = LLVM::ExtractValueOp::create(*this, loaded, i);
  return result;
}

/// The operation takes f16 as vectors, bf16 as words.
Value ThreadBuilder::asOperand(Value pair) {
  if (type.isBF16())
    return pair;
  return LLVM::BitcastOp::create(*this, VectorType::get(2, type), pair);
}

ThreadBuilder::Sums ThreadBuilder::multiplyAdd(const Left &left,
                                               const Right &right,
                                               const Sums &sums) {
  SmallVector<Value> a, b, c(sums.begin(), sums.end());
  for (Value pair : left)
    a.push_back(asOperand(pair));
  for (Value pair : right)
    b.push_back(asOperand(pair));
  Type f32 = getF32Type();
  NVVM::MMATypes element =
      type.isBF16() ? NVVM::MMATypes::bf16 : NVVM::MMATypes::f16;
  auto results =
      LLVM::LLVMStructType::getLiteral(getContext(), {f32, f32, f32, f32});
  Value made = NVVM::MmaOp::create(
      *this, results, a, b, c, ArrayRef<int64_t>{16, 8, 16}, std::nullopt,
      std::nullopt, std::array<NVVM::MMATypes, 2>{element, element},
      std::array<NVVM::MMALayout, 2>{NVVM::MMALayout::row,
                                     NVVM::MMALayout::col});
  Sums result;
  for (int64_t i = 0; i < 4; ++i)
    result[i] = LLVM::ExtractValueOp::create(*this, made, i);
  return result;
}

Value ThreadBuilder::pack(Value low, Value high) {
  Value packed = LLVM::CallIntrinsicOp::create(
                     *this, VectorType::get(2, type),
                     getStringAttr(type.isBF16() ? "llvm.nvvm.ff2bf16x2.rn"
                                                 : "llvm.nvvm.ff2f16x2.rn"),
                     ValueRange{high, low})
                     .getResult(0);
  return LLVM::BitcastOp::create(*this, getI32Type(), packed);
}

Value ThreadBuilder::packRest(Value low, Value high, Value packed) {
  Value pair = LLVM::BitcastOp::create(*this, VectorType::get(2, type), packed);
  auto getRest = [&](Value value, int64_t index) {
    Value element = LLVM::ExtractElementOp::create(*this, pair, number(index));
    return subtract(value, arith::ExtFOp::create(*this, getF32Type(), element));
  };
  return pack(getRest(low, 0), getRest(high, 1));
}
