//===- ScheduleBuilder.cpp - Writing schedules ----------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScheduleBuilder.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

ScheduleBuilder::ScheduleBuilder(ScheduleOp schedule, const TargetInfo &target,
                                 ArrayRef<int64_t> rowStrides)
    : target(target), pipeline(schedule->getParentOfType<PipelineOp>()),
      rowStrides(rowStrides),
      builder(schedule.getLoc(),
              OpBuilder::atBlockEnd(&schedule.getBody().front())) {}

void ScheduleBuilder::setWholeRows() {
  constexpr int64_t piece = 16;
  for (BlockArgument argument : pipeline.getBody().getArguments()) {
    auto type = dyn_cast<BufferType>(argument.getType());
    if (!type || type.getRank() > 2 ||
        ShapedType::isDynamic(type.getShape()[0]))
      continue;
    int64_t stride = rowStrides.empty() ? type.getShape()[0]
                                        : rowStrides[argument.getArgNumber()];
    int64_t bits = type.getElementType().getIntOrFloatBitWidth();
    if (stride == 0 || stride * bits % (8 * piece) != 0)
      continue;
    SetHostAlignmentOp::create(builder, argument, piece);
    if (type.getRank() == 2)
      SetStrideOp::create(builder, argument, stride);
  }
}

ModuleOp ScheduleBuilder::getModule() {
  return pipeline->getParentOfType<ModuleOp>();
}

SmallVector<Value> ScheduleBuilder::getFuncs(StringRef role) {
  SmallVector<Value> funcs;
  for (auto func : pipeline.getBody().front().getOps<halide::FuncOp>())
    if (auto name =
            func->getAttrOfType<StringAttr>(llama::LlamaDialect::roleAttrName))
      if (name.getValue() == role)
        funcs.push_back(func);
  return funcs;
}

Value ScheduleBuilder::getFunc(StringRef role) {
  SmallVector<Value> funcs = getFuncs(role);
  return funcs.size() == 1 ? funcs[0] : Value();
}

BufferType ScheduleBuilder::getOutputType() {
  return cast<BufferType>(
      cast<TypeAttr>(pipeline.getOutput().getBuffers()[0]).getValue());
}

SmallVector<Value> ScheduleBuilder::getLengthFuncs() {
  SmallVector<Value> funcs = getFuncs("last_position");
  llvm::append_range(funcs, getFuncs("ratio"));
  return funcs;
}

std::optional<int64_t> ScheduleBuilder::getStaticTokens() {
  int64_t tokens = getOutputType().getShape().back();
  if (ShapedType::isDynamic(tokens))
    return std::nullopt;
  return tokens;
}

Value ScheduleBuilder::getTokens() {
  if (std::optional<int64_t> tokens = getStaticTokens())
    return index(*tokens);
  // The first argument of a kernel has the tokens of its result.
  for (BlockArgument argument : pipeline.getBody().getArguments())
    if (auto type = dyn_cast<BufferType>(argument.getType()))
      if (ShapedType::isDynamic(type.getShape().back()))
        return ExtentOp::create(builder, builder.getIndexType(), argument,
                                type.getRank() - 1);
  return {};
}

//===----------------------------------------------------------------------===//
// Index arithmetic
//===----------------------------------------------------------------------===//

Value ScheduleBuilder::index(int64_t value) {
  return arith::ConstantIndexOp::create(builder, value);
}
Value ScheduleBuilder::add(Value a, int64_t b) {
  return arith::AddIOp::create(builder, a, index(b));
}
Value ScheduleBuilder::mul(Value a, int64_t b) {
  return arith::MulIOp::create(builder, a, index(b));
}
Value ScheduleBuilder::div(Value a, Value b) {
  return DivOp::create(builder, a, b);
}
Value ScheduleBuilder::ceilDiv(Value a, int64_t b) {
  return div(add(a, b - 1), index(b));
}
Value ScheduleBuilder::ceilDiv(Value a, Value b) {
  return div(arith::SubIOp::create(
                 builder, arith::AddIOp::create(builder, a, b), index(1)),
             b);
}
Value ScheduleBuilder::max(Value a, int64_t b) { return max(a, index(b)); }
Value ScheduleBuilder::max(Value a, Value b) {
  return arith::MaxSIOp::create(builder, a, b);
}
Value ScheduleBuilder::min(Value a, int64_t b) {
  return arith::MinSIOp::create(builder, a, index(b));
}
Value ScheduleBuilder::isEqual(Value a, int64_t b) {
  return arith::CmpIOp::create(builder, arith::CmpIPredicate::eq, a, index(b));
}
Value ScheduleBuilder::isAtMost(Value a, int64_t b) {
  return arith::CmpIOp::create(builder, arith::CmpIPredicate::sle, a, index(b));
}
Value ScheduleBuilder::select(Value condition, Value then, Value otherwise) {
  return arith::SelectOp::create(builder, condition, then, otherwise);
}
Value ScheduleBuilder::isBetween(Value a, int64_t least, int64_t most) {
  Value above = arith::CmpIOp::create(builder, arith::CmpIPredicate::sge, a,
                                      index(least));
  return arith::AndIOp::create(builder, above, isAtMost(a, most));
}

//===----------------------------------------------------------------------===//
// Directives
//===----------------------------------------------------------------------===//

SmallVector<Value> ScheduleBuilder::loops(Value func) {
  SmallVector<Type> types(cast<FuncType>(func.getType()).getRank(),
                          VarType::get(builder.getContext()));
  return SmallVector<Value>(
      LoopsOp::create(builder, types, func, IntegerAttr()).getLoops());
}

SmallVector<Value> ScheduleBuilder::loops(Value func, int64_t update,
                                          int64_t reductions) {
  SmallVector<Type> types(cast<FuncType>(func.getType()).getRank() + reductions,
                          VarType::get(builder.getContext()));
  return SmallVector<Value>(
      LoopsOp::create(builder, types, func, builder.getI32IntegerAttr(update))
          .getLoops());
}

static ArrayAttr getNames(OpBuilder &builder, StringRef outer,
                          StringRef inner) {
  return outer.empty() ? ArrayAttr() : builder.getStrArrayAttr({outer, inner});
}

std::pair<Value, Value> ScheduleBuilder::split(Value loop, int64_t factor,
                                               Tail tail, StringRef outer,
                                               StringRef inner) {
  auto op = SplitOp::create(builder, loop.getType(), loop.getType(), loop,
                            Value(), builder.getI32IntegerAttr(factor),
                            TailStrategyAttr::get(builder.getContext(), tail),
                            getNames(builder, outer, inner));
  return {op.getOuter(), op.getInner()};
}

std::pair<Value, Value> ScheduleBuilder::split(Value loop, Value factor,
                                               Tail tail, StringRef outer,
                                               StringRef inner) {
  auto op = SplitOp::create(builder, loop.getType(), loop.getType(), loop,
                            factor, IntegerAttr(),
                            TailStrategyAttr::get(builder.getContext(), tail),
                            getNames(builder, outer, inner));
  return {op.getOuter(), op.getInner()};
}

Value ScheduleBuilder::fuse(Value inner, Value outer, StringRef name) {
  return FuseOp::create(builder, inner.getType(), inner, outer,
                        builder.getStringAttr(name));
}
void ScheduleBuilder::reorder(ArrayRef<Value> innermostFirst) {
  ReorderOp::create(builder, innermostFirst);
}
Value ScheduleBuilder::vectorize(Value loop, Tail tail) {
  auto [outer, inner] = split(loop, lanes(), tail);
  vectorizeWhole(inner);
  return outer;
}
void ScheduleBuilder::vectorizeWhole(Value loop) {
  VectorizeOp::create(builder, loop);
}
void ScheduleBuilder::unroll(Value loop) { UnrollOp::create(builder, loop); }
void ScheduleBuilder::parallel(Value loop, bool pastCaches) {
  ParallelOp::create(builder, loop, pastCaches);
}
void ScheduleBuilder::prefetchNext(Value buffer, Value at, Value from) {
  PrefetchOp::create(builder, buffer, at, from, 1,
                     halide::PrefetchBound::NonFaulting);
}
void ScheduleBuilder::gpuBlocks(Value loop) {
  GPUBlocksOp::create(builder, loop);
}
void ScheduleBuilder::gpuThreads(Value loop) {
  GPUThreadsOp::create(builder, loop);
}
void ScheduleBuilder::storeIn(Value func, MemoryType memory) {
  StoreInOp::create(builder, func, memory);
}
Value ScheduleBuilder::copy(Value func) {
  return InOp::create(builder, func.getType(), func, Value());
}
Value ScheduleBuilder::copy(Value source, Value reader) {
  Type func = source.getType();
  if (auto type = dyn_cast<BufferType>(func))
    func = FuncType::get(builder.getContext(), type.getRank(),
                         {type.getElementType()});
  return InOp::create(builder, func, source, reader);
}
void ScheduleBuilder::setDense(Value buffer, int64_t alignment) {
  SetHostAlignmentOp::create(builder, buffer, alignment);
  auto type = cast<BufferType>(buffer.getType());
  SetStrideOp::create(builder, buffer,
                      ShapedType::getNumElements(type.getShape().drop_back()));
}
void ScheduleBuilder::computeAt(Value func, Value loop) {
  ComputeAtOp::create(builder, func, loop);
}
void ScheduleBuilder::computeRoot(Value func) {
  ComputeRootOp::create(builder, func);
}
void ScheduleBuilder::bound(Value func, int64_t dim, int64_t extent) {
  BoundOp::create(builder, func, dim, 0, extent);
}
void ScheduleBuilder::boundExtent(Value func, int64_t dim, int64_t extent) {
  BoundExtentOp::create(builder, func, dim, extent);
}
void ScheduleBuilder::alignStorage(Value func, int64_t dim, int64_t alignment) {
  AlignStorageOp::create(builder, func, dim, alignment);
}
void ScheduleBuilder::reorderStorage(Value func,
                                     ArrayRef<int64_t> closestFirst) {
  ReorderStorageOp::create(builder, func, closestFirst);
}
void ScheduleBuilder::atomic(Value func, int64_t update) {
  AtomicOp::create(builder, func, update);
}
void ScheduleBuilder::neverPartition(Value func, int64_t updates) {
  NeverPartitionOp::create(builder, func, IntegerAttr());
  for (int64_t update = 0; update < updates; ++update)
    NeverPartitionOp::create(builder, func, builder.getI32IntegerAttr(update));
}

Value ScheduleBuilder::rfactor(Value loop, StringRef var) {
  auto *func = loop.getDefiningOp();
  while (!isa<LoopsOp>(func))
    func = func->getOperand(0).getDefiningOp();
  FuncType type = cast<LoopsOp>(func).getFunc().getType();
  auto partial = FuncType::get(builder.getContext(), type.getRank() + 1,
                               type.getValueTypes());
  return RFactorOp::create(builder, partial, loop, var);
}

void ScheduleBuilder::callExtern(Value func, func::FuncOp callee,
                                 ArrayRef<Value> inputs,
                                 ArrayRef<int32_t> constants, int64_t rows) {
  ExternOp::create(builder, func, callee.getSymName(), inputs, constants, rows);
}

void ScheduleBuilder::specialize(Value func, std::optional<int64_t> update,
                                 Value condition, function_ref<void()> body) {
  auto op = SpecializeOp::create(builder, func, condition,
                                 update ? builder.getI32IntegerAttr(*update)
                                        : IntegerAttr());
  OpBuilder::InsertionGuard guard(builder);
  builder.createBlock(&op.getBody());
  body();
}

//===----------------------------------------------------------------------===//
// What strategies share
//===----------------------------------------------------------------------===//

UpdateOp llamir::getUpdate(Value func) {
  for (Operation *user : func.getUsers())
    if (auto update = dyn_cast<UpdateOp>(user);
        update && update.getFunc() == func)
      return update;
  return {};
}

std::optional<int64_t> llamir::getReductionExtent(Value func) {
  UpdateOp update = getUpdate(func);
  APInt extent;
  if (!update || update.getExtents().size() != 1 ||
      !matchPattern(update.getExtents()[0], m_ConstantInt(&extent)))
    return std::nullopt;
  return extent.getSExtValue();
}

int64_t llamir::getRowWidth(ArrayRef<int64_t> shape, int64_t rowDims) {
  int64_t width = 1;
  for (int64_t extent : shape.drop_back(rowDims))
    width *= extent;
  return width;
}

void llamir::boundOutput(ScheduleBuilder &schedule, Value output) {
  for (auto [dim, extent] :
       llvm::enumerate(schedule.getOutputType().getShape()))
    if (!ShapedType::isDynamic(extent) && extent > 0)
      schedule.bound(output, dim, extent);
}
