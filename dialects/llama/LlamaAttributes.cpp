//===- LlamaAttributes.cpp - Attributes of the llama dialect --------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/llama/LlamaDialect.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace llamir::llama;

#include "dialects/llama/LlamaEnums.cpp.inc"

/// `, saturate` or nothing.
static ParseResult parseSaturate(AsmParser &parser, bool &saturate) {
  saturate = succeeded(parser.parseOptionalComma());
  return saturate ? parser.parseKeyword("saturate") : success();
}
static void printSaturate(AsmPrinter &printer, bool saturate) {
  if (saturate)
    printer << ", saturate";
}

/// `, transposed` and `, rows = [first, block, step]`, or nothing.
static ParseResult parseFileRows(AsmParser &parser, bool &transposed,
                                 SmallVector<int64_t> &rows) {
  while (succeeded(parser.parseOptionalComma())) {
    if (!transposed && rows.empty() &&
        succeeded(parser.parseOptionalKeyword("transposed"))) {
      transposed = true;
      continue;
    }
    auto parseNumber = [&] { return parser.parseInteger(rows.emplace_back()); };
    SMLoc location = parser.getCurrentLocation();
    if (!rows.empty())
      return parser.emitError(location, "nothing may follow the rows");
    if (parser.parseKeyword("rows") || parser.parseEqual() ||
        parser.parseCommaSeparatedList(AsmParser::Delimiter::Square,
                                       parseNumber))
      return failure();
    if (rows.size() != 3)
      return parser.emitError(location, "expected [first, block, step]");
  }
  return success();
}
static void printFileRows(AsmPrinter &printer, bool transposed,
                          ArrayRef<int64_t> rows) {
  if (transposed)
    printer << ", transposed";
  if (!rows.empty())
    printer << ", rows = [" << rows << "]";
}

#define GET_ATTRDEF_CLASSES
#include "dialects/llama/LlamaAttributes.cpp.inc"

void LlamaDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/llama/LlamaAttributes.cpp.inc"
      >();
}

LogicalResult FileAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               StringRef, StringRef, bool,
                               ArrayRef<int64_t> rows) {
  if (!rows.empty() &&
      (rows.size() != 3 || rows[0] < 0 || rows[1] <= 0 || rows[2] < rows[1]))
    return emitError() << "file_c1: rows must be [first, block, step] with a "
                          "positive block and a step that is no less, got ["
                       << rows << "]";
  return success();
}

int64_t FileAttr::getStoredRow(int64_t row) const {
  ArrayRef<int64_t> rows = getRows();
  return rows.empty() ? row : rows[0] + row / rows[1] * rows[2] + row % rows[1];
}

int64_t FileAttr::getRun(int64_t row, int64_t count) const {
  ArrayRef<int64_t> rows = getRows();
  return rows.empty() ? count : std::min(count, rows[1] - row % rows[1]);
}

static bool isFinite(FloatAttr number) { return number.getValue().isFinite(); }

LogicalResult RandomAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 uint64_t, FloatAttr scale, FloatAttr mean) {
  if (!isFinite(scale) || scale.getValue().isNegative() ||
      (mean && !isFinite(mean)))
    return emitError() << "random_c1: scale and mean must be finite, and the "
                          "scale not negative";
  return success();
}

double RandomAttr::getMeanOrZero() const {
  return getMean() ? getMean().getValueAsDouble() : 0;
}

double RandomAttr::getLargest() const {
  return std::abs(getMeanOrZero()) + getScale().getValueAsDouble();
}

LogicalResult
TensorKernelAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                         SymbolRefAttr function, int64_t parts, int64_t rows,
                         int64_t threads, int64_t least) {
  if (function.getNestedReferences().size() != 1)
    return emitError() << "tensor_kernel_c1: " << function
                       << " is not the name of a module and a function in it";
  if (parts < 1 || rows < 1 || least < 1 || threads < 1 || threads > 1024)
    return emitError() << "tensor_kernel_c2: threads must lie in 1 .. 1024, "
                          "and the other numbers be positive";
  return success();
}

LogicalResult PanelsAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 int64_t width, int64_t group,
                                 int64_t interleave) {
  if (width <= 0 || group <= 0 || interleave <= 0)
    return emitError()
           << "panels_c1: width, group and interleave must be positive";
  return success();
}

LogicalResult
PanelsAttr::verifyEncoding(ArrayRef<int64_t> shape, Type elementType,
                           function_ref<InFlightDiagnostic()> emitError) const {
  if (shape.size() != 2 || llvm::any_of(shape, ShapedType::isDynamic))
    return emitError()
           << "panels_c2: a packed weight has a static shape of rank 2";
  if (shape[0] % getGroup() != 0)
    return emitError() << "panels_c1: a group of " << getGroup()
                       << " rows does not divide the " << shape[0]
                       << " rows of the weight";
  return success();
}

int64_t PanelsAttr::getPaddedGroup() const {
  return llvm::alignTo(getGroup(), getWidth());
}

int64_t PanelsAttr::getNumPanels(int64_t rows) const {
  return llvm::divideCeil(rows / getGroup() * getPaddedGroup(), getWidth());
}

int64_t PanelsAttr::getNumSteps(int64_t columns) const {
  return llvm::divideCeil(columns, getInterleave());
}

int64_t PanelsAttr::getPackedRow(int64_t row) const {
  return row / getGroup() * getPaddedGroup() + row % getGroup();
}

int64_t PanelsAttr::getStoredIndex(int64_t row, int64_t column,
                                   int64_t columns) const {
  int64_t packed = getPackedRow(row), interleave = getInterleave();
  int64_t step =
      packed / getWidth() * getNumSteps(columns) + column / interleave;
  return (step * getWidth() + packed % getWidth()) * interleave +
         column % interleave;
}
