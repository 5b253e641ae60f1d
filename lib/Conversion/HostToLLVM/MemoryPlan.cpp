//===- MemoryPlan.cpp - Where the results of launches lie -----------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Conversion/HostToLLVM/MemoryPlan.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

/// A cache line, and the widest vector register.
static constexpr int64_t leastAlignment = 64;

Value llamir::getStorageOf(Value value) {
  while (auto split = value.getDefiningOp<SplitOp>())
    value = split.getX();
  return value;
}

std::optional<int64_t> llamir::getUnitBytes(RankedTensorType type) {
  int64_t bytes = llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  int64_t limit = type.hasStaticShape() ? int64_t(1) << 48 : int64_t(1) << 31;
  for (int64_t size : getStoredShape(type))
    if (!ShapedType::isDynamic(size) && llvm::MulOverflow(bytes, size, bytes))
      return std::nullopt;
  return bytes <= limit ? std::optional(bytes) : std::nullopt;
}

/// The same for a value, with a message.
static FailureOr<int64_t> getUnitBytes(OpResult value) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getNumDynamicDims() > 1)
    return value.getOwner()->emitOpError()
           << "result " << value.getResultNumber() << " of " << type
           << " has more than one dynamic dimension";
  if (std::optional<int64_t> bytes = getUnitBytes(type))
    return *bytes;
  return value.getOwner()->emitOpError() << "result " << value.getResultNumber()
                                         << " of " << type << " is too large";
}

/// Collects the results of launches with their sizes and lifetimes. Values that
/// the function returns get the caller's buffer, each its first.
static FailureOr<MemoryPlan> collectBuffers(func::FuncOp function) {
  FailureOr<HostSizes> sizes = readHostSizes(function);
  if (failed(sizes))
    return failure();
  MemoryPlan plan;
  llvm::DenseMap<Value, unsigned> numbers;
  for (Operation &op : function.getBody().front()) {
    auto launch = dyn_cast<LaunchOp>(op);
    for (Value operand : op.getOperands())
      if (auto it = numbers.find(getStorageOf(operand));
          it != numbers.end() && launch)
        plan.buffers[it->second].last = plan.numLaunches;
    if (!launch)
      continue;
    for (OpResult result : launch->getResults()) {
      FailureOr<int64_t> bytes = getUnitBytes(result);
      if (failed(bytes))
        return failure();
      numbers[result] = plan.buffers.size();
      PlannedBuffer &buffer = plan.buffers.emplace_back();
      buffer.value = result;
      buffer.bytes = *bytes;
      buffer.dims = sizes->dims[result];
      llvm::sort(buffer.dims, [](StringAttr a, StringAttr b) {
        return a.getValue() < b.getValue();
      });
      buffer.first = buffer.last = plan.numLaunches;
    }
    ++plan.numLaunches;
  }

  Operation *end = function.getBody().front().getTerminator();
  for (OpOperand &operand : end->getOpOperands()) {
    auto it = numbers.find(getStorageOf(operand.get()));
    if (it == numbers.end())
      continue;
    PlannedBuffer &buffer = plan.buffers[it->second];
    if (buffer.value == operand.get() && !buffer.placement.functionResult)
      buffer.placement.functionResult = operand.getOperandNumber();
    // A second return of the value, or of a part of it, is a copy at the end.
    else
      buffer.last = plan.numLaunches;
  }
  return plan;
}

static ArenaRegion &getRegion(MemoryPlan &plan, PlannedBuffer &buffer) {
  for (auto [index, region] : llvm::enumerate(plan.regions))
    if (region.dims == buffer.dims) {
      buffer.placement.region = index;
      return region;
    }
  buffer.placement.region = plan.regions.size();
  return plan.regions.emplace_back(ArenaRegion{buffer.dims, 0});
}

/// Checks that the arena's size fits 64 bits whatever the sizes are.
static bool checkArena(func::FuncOp function, const MemoryPlan &plan) {
  uint64_t bytes = 0;
  for (const ArenaRegion &region : plan.regions)
    if (!region.dims.empty())
      bytes += region.bytes;
  if (bytes <= uint64_t(1) << 31)
    return true;
  function.emitOpError() << "needs " << bytes
                         << " bytes of arena for each token, which is too much";
  return false;
}

/// Places the buffers of the arena, the largest first: each at the lowest
/// offset where it meets no buffer that lives at the same time.
static void placeBuffers(MemoryPlan &plan, int64_t alignment) {
  SmallVector<PlannedBuffer *> order;
  for (PlannedBuffer &buffer : plan.buffers)
    if (!buffer.placement.functionResult)
      order.push_back(&buffer);
  // Regions are numbered in program order, whatever the sizes are.
  for (PlannedBuffer *buffer : order) {
    buffer->bytes = llvm::alignTo(buffer->bytes, alignment);
    getRegion(plan, *buffer);
  }
  // Of equal ones the earlier comes first: they all stand in one vector.
  llvm::sort(order, [](PlannedBuffer *a, PlannedBuffer *b) {
    return a->bytes != b->bytes ? a->bytes > b->bytes : a < b;
  });

  SmallVector<PlannedBuffer *> placed; // sorted by offset
  for (PlannedBuffer *buffer : order) {
    int64_t offset = 0;
    for (PlannedBuffer *other : placed) {
      bool together = other->placement.region == buffer->placement.region &&
                      other->first <= buffer->last &&
                      buffer->first <= other->last;
      if (!together)
        continue;
      if (offset + buffer->bytes <= other->placement.offset)
        break;
      offset = std::max(offset, other->placement.offset + other->bytes);
    }
    buffer->placement.offset = offset;
    int64_t &size = plan.regions[buffer->placement.region].bytes;
    size = std::max(size, offset + buffer->bytes);
    auto *after = llvm::upper_bound(
        placed, buffer, [](PlannedBuffer *a, PlannedBuffer *b) {
          return a->placement.offset < b->placement.offset;
        });
    placed.insert(after, buffer);
  }
}

FailureOr<MemoryPlan> llamir::planMemory(func::FuncOp function,
                                         int64_t alignment) {
  FailureOr<MemoryPlan> plan = collectBuffers(function);
  if (failed(plan))
    return failure();
  placeBuffers(*plan, alignment);
  return checkArena(function, *plan) ? std::move(plan)
                                     : FailureOr<MemoryPlan>();
}

/// Reads {bytes, dims} of a region; false when it is something else.
static bool readRegion(Attribute attribute, ArenaRegion &region) {
  auto dictionary = dyn_cast<DictionaryAttr>(attribute);
  auto bytes =
      dictionary ? dictionary.getAs<IntegerAttr>("bytes") : IntegerAttr();
  auto dims = dictionary ? dictionary.getAs<ArrayAttr>("dims") : ArrayAttr();
  if (!bytes || !dims || !llvm::all_of(dims, llvm::IsaPred<StringAttr>))
    return false;
  region.bytes = bytes.getInt();
  for (auto name : dims.getAsRange<StringAttr>())
    region.dims.push_back(name);
  return region.bytes >= 0 && region.bytes % leastAlignment == 0;
}

/// Reads {result} or {region, offset} of a buffer and checks that it fits the
/// function and the region; false when it does not.
static bool readPlacement(Attribute attribute, func::FuncOp function,
                          const MemoryPlan &plan, PlannedBuffer &buffer) {
  auto dictionary = dyn_cast<DictionaryAttr>(attribute);
  if (!dictionary)
    return false;
  Placement placement;
  if (auto result = dictionary.getAs<IntegerAttr>("result")) {
    auto returned = function.getBody().front().getTerminator()->getOperands();
    uint64_t index = result.getInt();
    if (index >= returned.size() || returned[index] != buffer.value)
      return false;
    placement.functionResult = index;
    buffer.placement = placement;
    return true;
  }
  auto region = dictionary.getAs<IntegerAttr>("region");
  auto offset = dictionary.getAs<IntegerAttr>("offset");
  if (!region || !offset || uint64_t(region.getInt()) >= plan.regions.size())
    return false;
  placement.region = region.getInt();
  placement.offset = offset.getInt();
  buffer.placement = placement;
  buffer.bytes = llvm::alignTo(buffer.bytes, leastAlignment);
  const ArenaRegion &home = plan.regions[placement.region];
  return home.dims == buffer.dims && placement.offset >= 0 &&
         placement.offset % leastAlignment == 0 &&
         placement.offset <= home.bytes - buffer.bytes;
}

/// Checks that no two buffers share bytes of the arena while both are in use.
static LogicalResult checkOverlaps(const MemoryPlan &plan) {
  auto isBefore = [](const PlannedBuffer &a, const PlannedBuffer &b) {
    return a.placement.offset + a.bytes <= b.placement.offset;
  };
  for (auto [index, a] : llvm::enumerate(plan.buffers))
    for (const PlannedBuffer &b : ArrayRef(plan.buffers).take_front(index)) {
      if (a.placement.functionResult || b.placement.functionResult ||
          a.placement.region != b.placement.region || a.first > b.last ||
          b.first > a.last || isBefore(a, b) || isBefore(b, a))
        continue;
      InFlightDiagnostic error = a.value.getOwner()->emitOpError()
                                 << "result " << a.value.getResultNumber()
                                 << " lies in '"
                                 << LlamaDialect::storageAttrName
                                 << "' over a value that is still used";
      error.attachNote(b.value.getLoc())
          << "result " << b.value.getResultNumber() << " of this launch";
      return error;
    }
  return success();
}

FailureOr<MemoryPlan> llamir::readMemoryPlan(func::FuncOp function) {
  auto arena = function->getAttrOfType<ArrayAttr>(LlamaDialect::arenaAttrName);
  if (!arena)
    return function.emitOpError()
           << "has no memory plan: run --llama-plan-memory first";
  FailureOr<MemoryPlan> plan = collectBuffers(function);
  if (failed(plan))
    return failure();
  for (Attribute attribute : arena)
    if (!readRegion(attribute, plan->regions.emplace_back()))
      return function.emitOpError()
             << "has a malformed region in '" << LlamaDialect::arenaAttrName
             << "': " << attribute;
  for (PlannedBuffer &buffer : plan->buffers) {
    Operation *launch = buffer.value.getOwner();
    auto storage =
        launch->getAttrOfType<ArrayAttr>(LlamaDialect::storageAttrName);
    unsigned index = buffer.value.getResultNumber();
    buffer.placement = Placement();
    if (!storage || storage.size() != launch->getNumResults() ||
        !readPlacement(storage[index], function, *plan, buffer))
      return launch->emitOpError()
             << "has no valid place for result " << index << " in '"
             << LlamaDialect::storageAttrName << "'";
    // It is copied into the result at the end.
    if (!buffer.placement.functionResult &&
        llvm::is_contained(
            function.getBody().front().getTerminator()->getOperands(),
            buffer.value))
      buffer.last = plan->numLaunches;
  }
  if (failed(checkOverlaps(*plan)))
    return failure();
  return checkArena(function, *plan) ? std::move(plan)
                                     : FailureOr<MemoryPlan>();
}
