//===- HalideLowering.cpp - From llama ops to Halide funcs ----------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Conversion/LlamaToHalide/HalideLowering.h"
#include "LoweringUtils.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

Value llamir::getIndex(ImplicitLocOpBuilder &builder, int64_t value) {
  return arith::ConstantIndexOp::create(builder, value);
}

Value llamir::getF32(ImplicitLocOpBuilder &builder, double value) {
  return arith::ConstantOp::create(builder, builder.getF32FloatAttr(value));
}

//===----------------------------------------------------------------------===//
// Columns
//===----------------------------------------------------------------------===//

/// indices[0] + extents[0] * (indices[1] + …) over a range of dimensions.
static Value flatten(ImplicitLocOpBuilder &builder, ArrayRef<Value> indices,
                     ArrayRef<int64_t> extents) {
  if (indices.empty())
    return getIndex(builder, 0);
  Value flat = indices.front();
  int64_t stride = 1;
  for (size_t i = 1; i < indices.size(); ++i) {
    stride *= extents[i - 1];
    Value scaled =
        arith::MulIOp::create(builder, indices[i], getIndex(builder, stride));
    flat = arith::AddIOp::create(builder, scaled, flat);
  }
  return flat;
}

Value Column::getFlat(ImplicitLocOpBuilder &builder) const {
  return flatten(builder, indices, extents);
}

/// The elements of groups of `size` columns, and the groups, as columns of
/// their own.
static std::pair<Column, Column> divideColumn(ImplicitLocOpBuilder &builder,
                                              const Column &column,
                                              int64_t size) {
  ArrayRef<Value> indices(column.indices);
  ArrayRef<int64_t> extents(column.extents);
  int64_t product = 1;
  for (size_t i = 0; i <= extents.size() && product <= size; ++i) {
    if (product == size)
      return {{SmallVector<Value>(indices.take_front(i)),
               SmallVector<int64_t>(extents.take_front(i))},
              {SmallVector<Value>(indices.drop_front(i)),
               SmallVector<int64_t>(extents.drop_front(i))}};
    if (i < extents.size())
      product *= extents[i];
  }
  Value flat = column.getFlat(builder), divisor = getIndex(builder, size);
  int64_t all = 1;
  for (int64_t extent : extents)
    all *= extent;
  return {{{ModOp::create(builder, flat, divisor)}, {size}},
          {{DivOp::create(builder, flat, divisor)}, {all / size}}};
}

std::pair<Value, Value> Column::getGroup(ImplicitLocOpBuilder &builder,
                                         int64_t size) const {
  auto [element, group] = divideColumn(builder, *this, size);
  return {element.getFlat(builder), group.getFlat(builder)};
}

Column Column::divide(ImplicitLocOpBuilder &builder,
                      ArrayRef<int64_t> layout) const {
  Column rest = *this, divided;
  for (int64_t extent : layout.drop_back()) {
    auto [element, group] = divideColumn(builder, rest, extent);
    divided.indices.push_back(element.getFlat(builder));
    rest = std::move(group);
  }
  divided.indices.push_back(rest.getFlat(builder));
  divided.extents.append(layout.begin(), layout.end());
  return divided;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Value llamir::toF32(ImplicitLocOpBuilder &builder, Value value) {
  if (isa<BFloat16Type, Float16Type>(value.getType()))
    return arith::ExtFOp::create(builder, builder.getF32Type(), value);
  return value;
}

void HalideLowering::addArgument(Value tensor, Value buffer) {
  buffers[tensor] = buffer;
  auto type = cast<RankedTensorType>(tensor.getType());
  // A row of a packed weight is no row of memory: only its linear reads it.
  if (llama::getPanels(type))
    return;
  int64_t width = llama::getStoredShape(type).back();
  bool hasColumns = type.getRank() >= 2 || !ShapedType::isDynamic(width);
  bool indices = type.getElementType().isInteger();
  Reader reader = [=](ImplicitLocOpBuilder &builder, const Column &column,
                      Value t) {
    SmallVector<Value> index;
    if (hasColumns && (!indices || type.getRank() >= 2))
      index.push_back(column.getFlat(builder));
    if (type.getRank() >= 2 || indices)
      index.push_back(t);
    return toF32(builder, read(builder, buffer, index)[0]);
  };
  values[tensor] = {reader, {}};
  if (hasColumns)
    values[tensor].layout.push_back(width);
}

Value HalideLowering::getTokenSource(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(0) || buffers.lookup(tensor))
    return tensor;
  // A value of the kernel has the tokens of what it is computed from.
  auto op = tensor.getDefiningOp<llama::ComputeOpInterface>();
  Value same;
  op.getEqualDims([&](Value a, unsigned aAxis, Value b, unsigned bAxis) {
    if (aAxis != 0 || bAxis != 0 || same)
      return;
    if (b == tensor && a.getDefiningOp() != op)
      same = a;
    if (a == tensor && b.getDefiningOp() != op)
      same = b;
  });
  return getTokenSource(same);
}

bool HalideLowering::tellsTokens(Value tensor) {
  auto argument = dyn_cast<BlockArgument>(getTokenSource(tensor));
  if (!argument || !getBuffer(argument))
    return false;
  auto isDynamic = [](BlockArgument other) {
    auto type = dyn_cast<RankedTensorType>(other.getType());
    return type && type.getRank() > 0 && type.isDynamicDim(0);
  };
  auto arguments = argument.getOwner()->getArguments();
  auto *first = llvm::find_if(arguments, isDynamic);
  return first != arguments.end() && *first == argument;
}

void HalideLowering::setValue(Value tensor, Reader reader,
                              ArrayRef<int64_t> layout) {
  Type element = cast<RankedTensorType>(tensor.getType()).getElementType();
  if (isa<BFloat16Type, Float16Type>(element))
    reader = [=](ImplicitLocOpBuilder &builder, const Column &column, Value t) {
      Value exact = reader(builder, column, t);
      return toF32(builder, arith::TruncFOp::create(builder, element, exact));
    };
  values[tensor] = {std::move(reader), SmallVector<int64_t>(layout)};
}

Value HalideLowering::getTokens(Value tensor) {
  Value source = getTokenSource(tensor);
  auto type = cast<RankedTensorType>(source.getType());
  if (!type.isDynamicDim(0))
    return getIndex(builder, type.getDimSize(0));
  Value buffer = buffers.lookup(source);
  return ExtentOp::create(builder, builder.getIndexType(), buffer,
                          cast<BufferType>(buffer.getType()).getRank() - 1);
}

/// Adds a func that keeps the numbers that a reader gives for rows of `width`
/// in an element type.
static Reader addRows(HalideLowering &lowering, const Reader &reader,
                      int64_t width, Type element, StringRef name) {
  Value func = lowering.addFunc(
      name, name, {"k", "t"}, element,
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        Value number = reader(body, {{index[0]}, {width}}, index[1]);
        if (number.getType() != element)
          number = arith::TruncFOp::create(body, element, number);
        return SmallVector<Value>{number};
      });
  HalideLowering *low = &lowering;
  return [=](ImplicitLocOpBuilder &builder, const Column &column, Value t) {
    return toF32(builder,
                 low->read(builder, func, {column.getFlat(builder), t})[0]);
  };
}

Reader HalideLowering::materialize(Value tensor) {
  if (buffers.lookup(tensor) || !materialized.insert(tensor).second)
    return getReader(tensor);
  auto type = cast<RankedTensorType>(tensor.getType());
  int64_t width = type.getDimSize(1);
  values[tensor] = {addRows(*this, getReader(tensor), width,
                            type.getElementType(), "operand"),
                    {width}};
  return getReader(tensor);
}

Value llamir::readPadded(ImplicitLocOpBuilder &body, const Reader &rows,
                         Value k, Value t, int64_t width, int64_t interleave,
                         Type element) {
  auto read = [&](Value column) -> Value {
    Value number = rows(body, {{column}, {width}}, t);
    if (number.getType() == element)
      return number;
    return arith::TruncFOp::create(body, element, number);
  };
  if (width % interleave == 0)
    return read(k);
  Index last{body, getIndex(body, width - 1)}, column{body, k};
  Value number = read(column.min(last).value);
  Value zero = arith::ConstantOp::create(body, body.getZeroAttr(element));
  return arith::SelectOp::create(body, column.lessEqual(last), number, zero);
}

Reader HalideLowering::readRows(Value tensor) {
  Reader rows = materialize(tensor);
  Value last =
      arith::SubIOp::create(builder, getTokens(tensor), getIndex(builder, 1));
  return [=](ImplicitLocOpBuilder &body, const Column &column, Value t) {
    return rows(body, column, arith::MinSIOp::create(body, t, last));
  };
}

Reader HalideLowering::readActivations(Value tensor, int64_t interleave) {
  Reader rows = readRows(tensor);
  auto type = cast<RankedTensorType>(tensor.getType());
  if (type.getElementType().isF32())
    return rows;
  // The funcs have the rows past the last token, too: those of a register tile
  // lie at known distances from each other.
  int64_t width = type.getDimSize(1);
  Reader padded = [=](ImplicitLocOpBuilder &body, const Column &column,
                      Value t) {
    return readPadded(body, rows, column.getFlat(body), t, width, interleave,
                      type.getElementType());
  };
  Reader narrow = addRows(*this, padded, width, type.getElementType(), "rows");
  return addRows(*this, narrow, width, builder.getF32Type(), "activations");
}

/// The largest bf16 that is less than a number that is not zero, in magnitude.
static Value getLeadingPart(ImplicitLocOpBuilder &body, Value number) {
  auto getBits = [&](int32_t value) -> Value {
    return arith::ConstantOp::create(body, body.getI32IntegerAttr(value));
  };
  Value bits = arith::BitcastOp::create(body, body.getI32Type(), number);
  Value less = arith::SubIOp::create(body, bits, getBits(1));
  Value leading =
      arith::AndIOp::create(body, less, getBits(int32_t(0xffff0000)));
  return arith::BitcastOp::create(body, body.getF32Type(), leading);
}

void HalideLowering::addParts(Value tensor, int64_t interleave) {
  Reader rows = readRows(tensor);
  int64_t width = cast<RankedTensorType>(tensor.getType()).getDimSize(1);
  Type bf16 = builder.getBF16Type();
  addFunc(
      "parts", "parts", {"k", "part", "t"}, bf16,
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        Value number = readPadded(body, rows, index[0], index[2], width,
                                  interleave, body.getF32Type());
        // Each part is what the ones before it leave, exactly, and none is
        // zero: times an infinite weight that would be a NaN. A zero, an
        // infinity and a NaN leave nothing.
        Value zero = getF32(body, 0);
        Value difference = arith::SubFOp::create(body, number, number);
        Value isFinite = arith::CmpFOp::create(body, arith::CmpFPredicate::OEQ,
                                               difference, zero);
        Value isZero = arith::CmpFOp::create(body, arith::CmpFPredicate::OEQ,
                                             number, zero);
        Value first = getLeadingPart(body, number);
        Value rest = arith::SubFOp::create(body, number, first);
        Value second = getLeadingPart(body, rest);
        Value third = arith::SubFOp::create(body, rest, second);
        auto choose = [&](int64_t part, Value value, Value otherwise) {
          Value isPart = arith::CmpIOp::create(body, arith::CmpIPredicate::eq,
                                               index[1], getIndex(body, part));
          return arith::SelectOp::create(body, isPart, value, otherwise);
        };
        Value parts = choose(0, first, choose(1, second, third));
        Value whole = choose(0, number, zero);
        Value value = arith::SelectOp::create(
            body, isZero, whole,
            arith::SelectOp::create(body, isFinite, parts, whole));
        return SmallVector<Value>{arith::TruncFOp::create(body, bf16, value)};
      });
}

//===----------------------------------------------------------------------===//
// Funcs
//===----------------------------------------------------------------------===//

std::string HalideLowering::getUniqueName(StringRef name) {
  int count = names[name]++;
  return count == 0 ? name.str() : name.str() + "_" + std::to_string(count);
}

/// Fills a definition's region.
static void fill(ImplicitLocOpBuilder &builder, Region &region, unsigned arity,
                 HalideLowering::Body body, bool predicated) {
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(
      &region, {}, SmallVector<Type>(arity, builder.getIndexType()),
      SmallVector<Location>(arity, builder.getLoc()));
  SmallVector<Value> values = body(builder, block->getArguments());
  Value predicate = predicated ? values.pop_back_val() : Value();
  halide::YieldOp::create(builder, values, ValueRange(), predicate);
}

Value HalideLowering::addFunc(StringRef name, StringRef role,
                              ArrayRef<StringRef> vars, ArrayRef<Type> types,
                              Body body) {
  auto type = FuncType::get(builder.getContext(), vars.size(), types);
  auto func = halide::FuncOp::create(builder, type, getUniqueName(name),
                                     builder.getStrArrayAttr(vars));
  func->setAttr(llama::LlamaDialect::roleAttrName, builder.getStringAttr(role));
  fill(builder, func.getBody(), vars.size(), body, false);
  return func;
}

Value HalideLowering::addTable(StringRef name, ArrayRef<double> numbers) {
  int64_t size = numbers.size();
  Type f64 = builder.getF64Type();
  return halide::ConstantOp::create(
      builder, BufferType::get(builder.getContext(), {size}, f64),
      builder.getStringAttr(getUniqueName(name)),
      DenseElementsAttr::get(RankedTensorType::get({size}, f64), numbers));
}

void HalideLowering::addUpdate(Value func, ArrayRef<StringRef> variables,
                               ArrayRef<Value> extents, Body body,
                               bool predicated) {
  SmallVector<Value> mins(extents.size(), getIndex(builder, 0));
  auto update = UpdateOp::create(
      builder, func, builder.getStrArrayAttr(variables), mins, extents);
  fill(builder, update.getBody(),
       cast<FuncType>(func.getType()).getRank() + extents.size(), body,
       predicated);
}

void HalideLowering::addScan(Value func, unsigned dim, StringRef variable,
                             Value extent, Body body) {
  auto update =
      UpdateOp::create(builder, func, builder.getStrArrayAttr(variable),
                       getIndex(builder, 0), extent);
  int64_t rank = cast<FuncType>(func.getType()).getRank();
  OpBuilder::InsertionGuard guard(builder);
  Block *block =
      builder.createBlock(&update.getBody(), {},
                          SmallVector<Type>(rank + 1, builder.getIndexType()),
                          SmallVector<Location>(rank + 1, builder.getLoc()));
  SmallVector<Value> place(block->getArguments().take_front(rank));
  Value step = block->getArguments().back();
  place[dim] = step;
  SmallVector<Value> values = body(builder, place);
  place[dim] = arith::AddIOp::create(builder, step, getIndex(builder, 1));
  halide::YieldOp::create(builder, values, place, Value());
}

SmallVector<Value> HalideLowering::read(ImplicitLocOpBuilder &builder,
                                        Value source, ArrayRef<Value> indices) {
  SmallVector<Type> types;
  if (auto func = dyn_cast<FuncType>(source.getType()))
    types.append(func.getValueTypes().begin(), func.getValueTypes().end());
  else
    types.push_back(cast<BufferType>(source.getType()).getElementType());
  return SmallVector<Value>(
      AtOp::create(builder, types, source, indices).getResults());
}

//===----------------------------------------------------------------------===//
// Outputs
//===----------------------------------------------------------------------===//

void HalideLowering::addOutputs(ValueRange results) {
  static constexpr StringRef columnVars[] = {"i", "g", "h", "m"};
  SmallVector<Value> funcs;
  SmallVector<Attribute> buffers;
  for (size_t first = 0; first < results.size();) {
    // Results of one space share a func, and so are computed together.
    auto type = cast<RankedTensorType>(results[first].getType());
    SmallVector<int64_t> layout(getLayout(results[first]));
    size_t last = first + 1;
    while (last < results.size() &&
           getLayout(results[last]) == ArrayRef(layout) &&
           cast<RankedTensorType>(results[last].getType()).getShape() ==
               type.getShape())
      ++last;
    SmallVector<StringRef> vars(ArrayRef(columnVars).take_front(layout.size()));
    SmallVector<int64_t> shape(layout);
    // The layout of a packed weight has its rows in it.
    bool hasRows = type.getRank() >= 2 && !llama::getPanels(type);
    if (hasRows) {
      vars.push_back("t");
      shape.push_back(type.getDimSize(0));
    }
    SmallVector<Type> types;
    for (Value result : results.slice(first, last - first)) {
      Type element = cast<RankedTensorType>(result.getType()).getElementType();
      types.push_back(element);
      buffers.push_back(
          TypeAttr::get(BufferType::get(builder.getContext(), shape, element)));
    }
    funcs.push_back(addFunc(
        "out", "output", vars, types,
        [&](ImplicitLocOpBuilder &body, ValueRange index) {
          Column column;
          column.extents = layout;
          column.indices.append(index.begin(), index.begin() + layout.size());
          Value t = hasRows ? index.back() : Value();
          SmallVector<Value> values;
          for (auto [result, element] :
               llvm::zip(results.slice(first, last - first), types)) {
            Value value = getReader(result)(body, column, t);
            if (value.getType() != element)
              value = arith::TruncFOp::create(body, element, value);
            values.push_back(value);
          }
          return values;
        }));
    first = last;
  }
  OutputOp::create(builder, funcs, builder.getArrayAttr(buffers));
}
