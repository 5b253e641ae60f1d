//===- LlamaDialect.cpp - The llama dialect -------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/llama/LlamaDialect.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/InterleavedRange.h"

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
  declarePromisedInterfaces<
      ReferenceOpInterface, ActivationOp, AddOp, ApplyStateOp, AttentionOp,
      ConvertOp, EmbeddingOp, JoinOp, LinearAttentionOp, LinearOp,
      LinearStateOp, MixStatisticsOp, MulOp, NormalizeOp, NormOp, PackOp,
      RopeOp, ScaleOp, SinusoidOp, SplitOp, StatisticsOp>();
  declarePromisedInterfaces<
      HalideLoweringOpInterface, ActivationOp, AddOp, ApplyStateOp, AttentionOp,
      ConvertOp, EmbeddingOp, JoinOp, LinearAttentionOp, LinearOp,
      LinearStateOp, MixStatisticsOp, MulOp, NormalizeOp, NormOp, PackOp,
      RopeOp, ScaleOp, SinusoidOp, SplitOp, StatisticsOp>();
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

LogicalResult llama::verifyNoUnknownAttributes(Operation *op) {
  for (NamedAttribute attribute : op->getDiscardableAttrs()) {
    if (attribute.getName().getValue().contains('.'))
      continue;
    InFlightDiagnostic error = op->emitOpError()
                               << "has no attribute '"
                               << attribute.getName().getValue() << "'";
    // How operands are divided is not written.
    SmallVector<StringRef> known;
    for (StringAttr name : op->getName().getAttributeNames())
      if (name.getValue() != "operandSegmentSizes")
        known.push_back(name.getValue());
    if (!known.empty())
      error << ", only " << llvm::interleaved(known);
    return error;
  }
  return success();
}

static bool isInteger(Attribute value, int64_t least) {
  auto integer = dyn_cast<IntegerAttr>(value);
  return integer && integer.getType().isInteger(64) &&
         integer.getInt() >= least;
}

/// An array of names of sizes, which are words of letters, digits and '_'.
static bool areSizeNames(Attribute value) {
  auto names = dyn_cast<ArrayAttr>(value);
  return names && llvm::all_of(names, [](Attribute name) {
           auto string = dyn_cast<StringAttr>(name);
           return string && !string.empty() &&
                  llvm::all_of(string.getValue(), [](char c) {
                    return llvm::isAlnum(c) || c == '_';
                  });
         });
}

template <typename AttrTy> static bool isArrayOf(Attribute value) {
  auto array = dyn_cast<ArrayAttr>(value);
  return array && llvm::all_of(array, llvm::IsaPred<AttrTy>);
}

/// A function that is a kernel: a declaration, or one block.
static LogicalResult verifyKernel(func::FuncOp function) {
  if (function.isDeclaration())
    return success();
  Region &body = function.getBody();
  if (!body.hasOneBlock() || body.front().empty() ||
      !isa<func::ReturnOp>(body.front().back()))
    return function.emitOpError()
           << "a kernel must be one block that ends with func.return";
  return success();
}

LogicalResult LlamaDialect::verifyOperationAttribute(Operation *op,
                                                     NamedAttribute attribute) {
  StringRef name = attribute.getName();
  Attribute value = attribute.getValue();
  bool isPipeline = op->getName().getStringRef() == "halide.pipeline";
  auto require = [&](bool holds, StringRef what) -> LogicalResult {
    if (holds)
      return success();
    return op->emitOpError() << "'" << name << "' is " << what;
  };
  if (name == kernelAttrName) {
    auto function = dyn_cast<func::FuncOp>(op);
    if (failed(require(function && isa<UnitAttr>(value),
                       "a unit attribute of a func.func")))
      return failure();
    return verifyKernel(function);
  }
  if (name == kernelTypeAttrName) {
    auto type = dyn_cast<TypeAttr>(value);
    return require(isPipeline && type && isa<FunctionType>(type.getValue()),
                   "the type of a function, on a halide.pipeline");
  }
  if (name == productAttrName)
    return require((isPipeline || isKernelFunction(op)) &&
                       isa<ProductAttr>(value),
                   "a #llama.product, on a kernel");
  if (name == tensorCoresAttrName)
    return require((isPipeline || isKernelFunction(op)) &&
                       isa<TensorKernelAttr>(value),
                   "a #llama.tensor_kernel, on a kernel");
  if (name == kindAttrName)
    return require(isPipeline && isa<StringAttr>(value),
                   "a string on a halide.pipeline");
  if (name == roleAttrName)
    return require(op->getName().getStringRef() == "halide.func" &&
                       isa<StringAttr>(value),
                   "a string on a halide.func");
  if (name == dimsAttrName) {
    auto results = dyn_cast<ArrayAttr>(value);
    return require(isa<LaunchOp>(op) && results &&
                       llvm::all_of(results, areSizeNames),
                   "an array of names of sizes for each result of a launch");
  }
  if (name == storageAttrName)
    return require(isa<LaunchOp>(op) && isArrayOf<DictionaryAttr>(value),
                   "an array of dictionaries on a launch");
  if (name == arenaAttrName)
    return require(isa<func::FuncOp>(op) && isArrayOf<DictionaryAttr>(value),
                   "an array of dictionaries on a func.func");
  if (name == offsetAttrName)
    return require(isa<WeightOp>(op) && isInteger(value, 0),
                   "an i64 that is not negative, on a weight");
  if (name == weightsBytesAttrName)
    return require(isa<ModuleOp>(op) && isInteger(value, 0),
                   "an i64 that is not negative, on a module");
  if (name == fingerprintAttrName) {
    auto digits = dyn_cast<StringAttr>(value);
    return require(isa<ModuleOp>(op) && digits && digits.size() == 16 &&
                       llvm::all_of(digits.getValue(), llvm::isHexDigit),
                   "16 hexadecimal digits on a module");
  }
  return op->emitOpError() << "has an unknown attribute '" << name << "'";
}

LogicalResult LlamaDialect::verifyRegionArgAttribute(Operation *op, unsigned,
                                                     unsigned index,
                                                     NamedAttribute attribute) {
  auto function = cast<FunctionOpInterface>(op);
  StringRef name = attribute.getName();
  auto type = dyn_cast<RankedTensorType>(function.getArgumentTypes()[index]);
  auto require = [&](bool holds, StringRef what) -> LogicalResult {
    if (holds)
      return success();
    return op->emitOpError()
           << "'" << name << "' of argument " << index << " must " << what;
  };
  if (name == nameAttrName)
    return require(isa<StringAttr>(attribute.getValue()), "be a string");
  if (name == indexLimitAttrName)
    return require(isInteger(attribute.getValue(), 1) && type &&
                       type.getElementType().isInteger(32),
                   "be a positive i64 on a tensor of i32");
  if (name == dimsAttrName)
    return require(areSizeNames(attribute.getValue()) && type &&
                       cast<ArrayAttr>(attribute.getValue()).size() ==
                           type.getNumDynamicDims(),
                   "name each dynamic dimension with letters, digits and '_'");
  return op->emitOpError() << "unknown argument attribute '" << name << "'";
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

//===----------------------------------------------------------------------===//
// Functions and types
//===----------------------------------------------------------------------===//

bool llama::isKernelFunction(Operation *op) {
  return isa_and_nonnull<func::FuncOp>(op) &&
         op->hasAttr(LlamaDialect::kernelAttrName);
}

bool llama::isHostFunction(func::FuncOp function) {
  return !function.isDeclaration() && !isKernelFunction(function) &&
         !function->hasAttr("halide.extern");
}

PanelsAttr llama::getPanels(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor ? dyn_cast_or_null<PanelsAttr>(tensor.getEncoding())
                : PanelsAttr();
}

ElementType llama::getArrayType(Type type) {
  Type element = getElementTypeOrSelf(type);
  if (element.isF64())
    return ElementType::F64;
  if (element.isF32())
    return ElementType::F32;
  if (element.isF16())
    return ElementType::F16;
  if (element.isBF16())
    return ElementType::BF16;
  if (element.isInteger(64))
    return ElementType::I64;
  if (element.isInteger(32))
    return ElementType::I32;
  assert(element.isInteger(8) && "not a type of arrays");
  return ElementType::U8;
}

int64_t llama::getRowWidth(RankedTensorType type) {
  int64_t width = 1;
  for (int64_t size : type.getShape().drop_front())
    if (ShapedType::isDynamic(size))
      return ShapedType::kDynamic;
    else if (llvm::MulOverflow(width, size, width))
      width = std::numeric_limits<int64_t>::max();
  return width;
}

SmallVector<int64_t> llama::getStoredShape(RankedTensorType type) {
  PanelsAttr panels = getPanels(type);
  if (!panels && type.getRank() <= 2)
    return SmallVector<int64_t>(type.getShape());
  if (!panels)
    return {type.getDimSize(0), getRowWidth(type)};
  SmallVector<int64_t> shape = {panels.getNumPanels(type.getDimSize(0)),
                                panels.getNumSteps(type.getDimSize(1)),
                                panels.getWidth()};
  if (panels.getInterleave() != 1)
    shape.push_back(panels.getInterleave());
  return shape;
}
