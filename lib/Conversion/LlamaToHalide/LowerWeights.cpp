//===- LowerWeights.cpp - Packing and joining in Halide -------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Of weights that are arguments: those of the model are packed when it is
// compiled.
//
//===----------------------------------------------------------------------===//

#include "LoweringUtils.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

LogicalResult llamir::lowerPack(llama::PackOp op, HalideLowering &lowering) {
  llama::PanelsAttr panels = llama::getPanels(op.getType());
  int64_t rows = op.getType().getDimSize(0),
          inputs = op.getType().getDimSize(1);
  Reader weight = lowering.getReader(op.getWeight());
  // Written as it is stored: ([input of the step,] lane, step, panel).
  int64_t interleave = panels.getInterleave();
  Reader reader = [=](ImplicitLocOpBuilder &body, const Column &column, Value) {
    ArrayRef<Value> place(column.indices);
    Value panel = place.back(), k = place.drop_back().back(),
          lane = place.drop_back(2).back();
    if (interleave != 1)
      k = (Index{body, k} * interleave + Index{body, place[0]}).value;
    Value packed = arith::AddIOp::create(
        body,
        arith::MulIOp::create(body, panel, getIndex(body, panels.getWidth())),
        lane);
    Value padded = getIndex(body, panels.getPaddedGroup());
    Value element = ModOp::create(body, packed, padded);
    Value group = DivOp::create(body, packed, padded);
    Value inside =
        arith::CmpIOp::create(body, arith::CmpIPredicate::slt, element,
                              getIndex(body, panels.getGroup()));
    Value row = arith::AddIOp::create(
        body,
        arith::MulIOp::create(body, group, getIndex(body, panels.getGroup())),
        element);
    row = arith::MinSIOp::create(body, row, getIndex(body, rows - 1));
    if (inputs % interleave != 0) {
      Index last{body, getIndex(body, inputs - 1)}, input{body, k};
      inside = arith::AndIOp::create(body, inside, input.lessEqual(last));
      k = input.min(last).value;
    }
    return Value(arith::SelectOp::create(
        body, inside, weight(body, {{k}, {inputs}}, row), getF32(body, 0)));
  };
  lowering.setValue(
      op.getResult(), reader,
      llvm::to_vector(llvm::reverse(llama::getStoredShape(op.getType()))));
  return success();
}

LogicalResult llamir::lowerJoin(llama::JoinOp op, HalideLowering &lowering) {
  auto type = cast<RankedTensorType>(op.getType());
  SmallVector<std::pair<Reader, int64_t>>
      parts; // With the row each ends before.
  int64_t end = 0;
  for (Value part : op.getParts()) {
    end += cast<RankedTensorType>(part.getType()).getDimSize(0);
    parts.push_back({lowering.getReader(part), end});
  }
  bool matrix = type.getRank() == 2;
  int64_t width = matrix ? type.getDimSize(1) : type.getDimSize(0);
  Reader reader = [=](ImplicitLocOpBuilder &body, const Column &column,
                      Value t) {
    Value row = matrix ? t : column.getFlat(body);
    Value result;
    for (size_t index = parts.size(); index-- > 0;) {
      const std::pair<Reader, int64_t> &part = parts[index];
      int64_t start = index == 0 ? 0 : parts[index - 1].second;
      // Every part is read for every row: its own rows, or some row it has.
      Value local = arith::SubIOp::create(body, row, getIndex(body, start));
      local = arith::MaxSIOp::create(body, local, getIndex(body, 0));
      local = arith::MinSIOp::create(body, local,
                                     getIndex(body, part.second - start - 1));
      Value value =
          matrix ? part.first(body, column, local)
                 : part.first(body, {{local}, {part.second - start}}, Value());
      if (!result) {
        result = value;
        continue;
      }
      Value before = arith::CmpIOp::create(body, arith::CmpIPredicate::slt, row,
                                           getIndex(body, part.second));
      result = arith::SelectOp::create(body, before, value, result);
    }
    return result;
  };
  lowering.setValue(op.getResult(), reader, width);
  return success();
}
