//===- LlamaDialect.cpp - The llama dialect -------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/llama/LlamaDialect.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

#include "dialects/llama/LlamaDialect.cpp.inc"

void LlamaDialect::initialize() {
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "dialects/llama/LlamaOps.cpp.inc"
      >();
  // Implemented in lib/Reference and lib/Conversion.
  declarePromisedInterfaces<ReferenceOpInterface, ActivationOp, AddOp,
                            AttentionOp, EmbeddingOp, JoinOp, LinearOp, MulOp,
                            PackOp, RMSNormOp, RopeOp, SplitOp>();
  declarePromisedInterfaces<HalideLoweringOpInterface, ActivationOp, AddOp,
                            AttentionOp, EmbeddingOp, JoinOp, LinearOp, MulOp,
                            PackOp, RMSNormOp, RopeOp, SplitOp>();
}

LogicalResult LlamaDialect::verifyOperationAttribute(Operation *op,
                                                     NamedAttribute attribute) {
  if (attribute.getName() != kernelAttrName)
    return success();
  auto function = dyn_cast<func::FuncOp>(op);
  if (!function || !isa<UnitAttr>(attribute.getValue()))
    return op->emitOpError()
           << "'" << kernelAttrName << "' is a unit attribute of a func.func";
  if (function.isDeclaration())
    return success();
  Region &body = function.getBody();
  if (!body.hasOneBlock() || body.front().empty() ||
      !isa<func::ReturnOp>(body.front().back()))
    return op->emitOpError()
           << "a kernel must be one block that ends with func.return";
  return success();
}

LogicalResult LlamaDialect::verifyRegionArgAttribute(Operation *op, unsigned,
                                                     unsigned index,
                                                     NamedAttribute attribute) {
  auto function = dyn_cast<FunctionOpInterface>(op);
  if (!function)
    return success();
  if (attribute.getName() == nameAttrName) {
    if (!isa<StringAttr>(attribute.getValue()))
      return op->emitOpError() << "'" << nameAttrName << "' of argument "
                               << index << " must be a string";
    return success();
  }
  if (attribute.getName() == indexLimitAttrName) {
    auto limit = dyn_cast<IntegerAttr>(attribute.getValue());
    auto tensor =
        dyn_cast<RankedTensorType>(function.getArgumentTypes()[index]);
    if (!limit || !limit.getType().isInteger(64) || limit.getInt() <= 0 ||
        !tensor || !tensor.getElementType().isInteger(32))
      return op->emitOpError()
             << "'" << indexLimitAttrName << "' of argument " << index
             << " must be a positive i64 on a tensor of i32";
    return success();
  }
  if (attribute.getName() != dimsAttrName)
    return op->emitOpError() << "unknown argument attribute '"
                             << attribute.getName().getValue() << "'";
  auto names = dyn_cast<ArrayAttr>(attribute.getValue());
  auto type = dyn_cast<ShapedType>(function.getArgumentTypes()[index]);
  bool strings = names && llvm::all_of(names, [](Attribute name) {
                   auto string = dyn_cast<StringAttr>(name);
                   return string && !string.getValue().empty() &&
                          llvm::all_of(string.getValue(), [](char c) {
                            return llvm::isAlnum(c) || c == '_';
                          });
                 });
  if (!strings || !type || !type.hasRank() ||
      int64_t(names.size()) != int64_t(type.getNumDynamicDims()))
    return op->emitOpError()
           << "'" << dimsAttrName << "' of argument " << index
           << " must name each dynamic dimension with letters, digits and '_'";
  return success();
}

LogicalResult LlamaDialect::verifyRegionResultAttribute(
    Operation *op, unsigned, unsigned index, NamedAttribute attribute) {
  if (attribute.getName() != nameAttrName ||
      !isa<StringAttr>(attribute.getValue()))
    return op->emitOpError()
           << "a result of a function may have the string attribute '"
           << nameAttrName << "' only, not '" << attribute.getName().getValue()
           << "'";
  return success();
}

bool llama::isKernelFunction(Operation *op) {
  return isa_and_nonnull<func::FuncOp>(op) &&
         op->hasAttr(LlamaDialect::kernelAttrName);
}

bool llama::isHostFunction(func::FuncOp function) {
  return !function.isDeclaration() && !isKernelFunction(function);
}

PanelsAttr llama::getPanels(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor ? dyn_cast_or_null<PanelsAttr>(tensor.getEncoding())
                : PanelsAttr();
}
