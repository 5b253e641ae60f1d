//===- HalideDialect.cpp - The halide dialect and its types ---------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/halide/HalideDialect.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace llamir::halide;

#include "dialects/halide/HalideDialect.cpp.inc"
#include "dialects/halide/HalideEnums.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/halide/HalideTypes.cpp.inc"

void HalideDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/halide/HalideTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/halide/HalideOps.cpp.inc"
      >();
}

LogicalResult
HalideDialect::verifyOperationAttribute(Operation *op,
                                        NamedAttribute attribute) {
  if (attribute.getName() != externAttrName)
    return op->emitError() << "the halide dialect has no attribute "
                           << attribute.getName();
  if (!isa<FunctionOpInterface>(op) || !isa<StringAttr>(attribute.getValue()))
    return op->emitError() << "the attribute " << externAttrName
                           << " is the name of a target, on a function";
  return success();
}

bool llamir::halide::isValueType(Type type) {
  if (auto integer = dyn_cast<IntegerType>(type))
    return llvm::is_contained({1, 8, 16, 32, 64}, int(integer.getWidth()));
  return isa<Float16Type, BFloat16Type, Float32Type, Float64Type>(type);
}

bool llamir::halide::isName(StringRef string) {
  return !string.empty() && llvm::isAlpha(string.front()) &&
         llvm::all_of(string,
                      [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

Type BufferType::parse(AsmParser &parser) {
  SmallVector<int64_t> shape;
  Type elementType;
  if (parser.parseLess() || parser.parseDimensionList(shape) ||
      parser.parseType(elementType) || parser.parseGreater())
    return {};
  return parser.getChecked<BufferType>(parser.getContext(), shape, elementType);
}

void BufferType::print(AsmPrinter &printer) const {
  printer << '<';
  printer.printDimensionList(getShape());
  printer << 'x' << getElementType() << '>';
}

LogicalResult BufferType::verify(function_ref<InFlightDiagnostic()> emitError,
                                 ArrayRef<int64_t> shape, Type elementType) {
  if (shape.empty())
    return emitError() << "buffer_c1: a buffer has rank 1 at least";
  for (int64_t extent : shape.drop_back())
    if (ShapedType::isDynamic(extent) || extent <= 0)
      return emitError() << "buffer_c1: every extent but the outermost must be "
                            "static and positive";
  if (!ShapedType::isDynamic(shape.back()) && shape.back() < 0)
    return emitError() << "buffer_c1: negative extent";
  if (!isValueType(elementType))
    return emitError() << "buffer_c2: " << elementType
                       << " is not an element type of buffers";
  int64_t elements = 1;
  for (int64_t extent : shape)
    if (!ShapedType::isDynamic(extent) &&
        (llvm::MulOverflow(elements, extent, elements) ||
         elements > std::numeric_limits<int32_t>::max()))
      return emitError() << "buffer_c3: has 2^31 elements or more";
  return success();
}

LogicalResult FuncType::verify(function_ref<InFlightDiagnostic()> emitError,
                               unsigned rank, ArrayRef<Type> valueTypes) {
  if (rank > maximumRank)
    return emitError() << "a func has " << maximumRank
                       << " dimensions at most, not " << rank;
  if (valueTypes.empty() || !llvm::all_of(valueTypes, isValueType))
    return emitError() << "the values of a func are one or several integers of "
                          "1 to 64 bits or floats of 16 to 64 bits";
  return success();
}
