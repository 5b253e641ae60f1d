//===- ElementModels.cpp - Element-wise ops and ops that move numbers -----===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;
using namespace llamir::reference;

static double activate(ActivationKind kind, double x) {
  switch (kind) {
  case ActivationKind::Silu:
    return x / (1 + std::exp(-x));
  case ActivationKind::Gelu:
    return x / 2 * (1 + std::erf(x / std::sqrt(2.0)));
  case ActivationKind::GeluTanh:
    return x / 2 *
           (1 + std::tanh(std::sqrt(2 / llvm::numbers::pi) *
                          (x + 0.044715 * x * x * x)));
  case ActivationKind::Relu:
    // Not std::max(x, 0), which turns a NaN into whichever comes first.
    return x < 0 ? 0 : x;
  case ActivationKind::Sigmoid:
    return 1 / (1 + std::exp(-x));
  case ActivationKind::Tanh:
    return std::tanh(x);
  }
  llvm_unreachable("all kinds are handled");
}

namespace {

struct ActivationModel : Model<ActivationModel, ActivationOp> {
  LogicalResult evaluate(Operation *op, Operands operands,
                         Results results) const {
    ActivationKind kind = cast<ActivationOp>(op).getKind();
    for (auto [result, x] : llvm::zip(results[0].data, operands[0]->data))
      result = activate(kind, x);
    return success();
  }
};

struct AddModel : Model<AddModel, AddOp> {
  LogicalResult evaluate(Operation *, Operands operands,
                         Results results) const {
    for (auto [result, lhs, rhs] :
         llvm::zip(results[0].data, operands[0]->data, operands[1]->data))
      result = lhs + rhs;
    return success();
  }
};

struct MulModel : Model<MulModel, MulOp> {
  LogicalResult evaluate(Operation *, Operands operands,
                         Results results) const {
    for (auto [result, lhs, rhs] :
         llvm::zip(results[0].data, operands[0]->data, operands[1]->data))
      result = lhs * rhs;
    return success();
  }
};

struct JoinModel : Model<JoinModel, JoinOp> {
  LogicalResult evaluate(Operation *, Operands operands,
                         Results results) const {
    auto place = results[0].data.begin();
    for (const Tensor *part : operands)
      place = llvm::copy(part->data, place);
    return success();
  }
};

struct SplitModel : Model<SplitModel, SplitOp> {
  LogicalResult evaluate(Operation *, Operands operands,
                         Results results) const {
    for (int64_t t = 0; t < operands[0]->getRows(); ++t) {
      ArrayRef<double> row = operands[0]->getRow(t);
      for (Tensor &part : results) {
        llvm::copy(row.take_front(part.getWidth()), part.getRow(t).begin());
        row = row.drop_front(part.getWidth());
      }
    }
    return success();
  }
};

/// The layout is not a matter of the numbers: a packed weight is kept as a
/// plain one.
struct PackModel : Model<PackModel, PackOp> {
  LogicalResult evaluate(Operation *, Operands operands,
                         Results results) const {
    results[0].data = operands[0]->data;
    return success();
  }
};

} // namespace

void reference::registerElementModels(MLIRContext *context) {
  ActivationOp::attachInterface<ActivationModel>(*context);
  AddOp::attachInterface<AddModel>(*context);
  MulOp::attachInterface<MulModel>(*context);
  JoinOp::attachInterface<JoinModel>(*context);
  SplitOp::attachInterface<SplitModel>(*context);
  PackOp::attachInterface<PackModel>(*context);
}
