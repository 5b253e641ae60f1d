//===- PlanMemory.cpp - Plan and print the memory of host functions -------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Conversion/HostToLLVM/MemoryPlan.h"
#include "llamir/Conversion/HostToLLVM/Passes.h"
#include "mlir/IR/AsmState.h"
#include "llvm/Support/Format.h"

using namespace mlir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_LLAMAPLANMEMORY
#define GEN_PASS_DEF_LLAMAPRINTMEMORYPLAN
#include "llamir/Conversion/HostToLLVM/Passes.h.inc"
} // namespace llamir

using namespace llamir;

//===----------------------------------------------------------------------===//
// Printing
//===----------------------------------------------------------------------===//

/// "256 * tokens"; a size without dims is a plain number of bytes.
static std::string getProduct(int64_t bytes, ArrayRef<StringAttr> dims) {
  std::string text = std::to_string(bytes);
  if (bytes == 0)
    return text;
  for (StringAttr dim : dims)
    text += " * " + dim.str();
  return text;
}

static std::string getPlace(const PlannedBuffer &buffer,
                            const MemoryPlan &plan) {
  const Placement &placement = buffer.placement;
  if (placement.functionResult)
    return "result " + std::to_string(*placement.functionResult);
  std::string region;
  if (plan.regions.size() > 1)
    region = "region " + std::to_string(placement.region) + ", ";
  return region + "arena + " + getProduct(placement.offset, buffer.dims);
}

/// A row of characters for a lifetime; a character stands for `step` launches.
static std::string getBar(const PlannedBuffer &buffer, unsigned launches,
                          unsigned step) {
  std::string bar((launches + step - 1) / step, '.');
  for (unsigned at = buffer.first; at <= buffer.last && at < launches; ++at)
    bar[at / step] = '#';
  return bar;
}

static std::string getSum(const MemoryPlan &plan, ArrayRef<int64_t> bytes) {
  std::string text;
  for (auto [region, size] : llvm::zip_equal(plan.regions, bytes))
    text += (text.empty() ? "" : " + ") + getProduct(size, region.dims);
  return text.empty() ? "0" : text;
}

void llamir::printMemoryPlan(func::FuncOp function, const MemoryPlan &plan,
                             llvm::raw_ostream &os) {
  os << "memory plan of @" << function.getSymName() << ": " << plan.numLaunches
     << " launches, " << plan.buffers.size() << " buffers\n";

  // A long function is shown with several launches to a character.
  constexpr unsigned maxColumns = 64;
  unsigned step = plan.numLaunches / (maxColumns + 1) + 1;
  AsmState names(function);
  SmallVector<std::array<std::string, 6>> rows = {
      {"value", "kernel", "bytes", "place", "first-last", "lifetime"}};
  SmallVector<int64_t> used(plan.regions.size()), all(plan.regions.size());
  for (const PlannedBuffer &buffer : plan.buffers) {
    std::string value;
    llvm::raw_string_ostream stream(value);
    buffer.value.printAsOperand(stream, names);
    bool copied = buffer.last == plan.numLaunches;
    std::string uses = std::to_string(buffer.first) + "-" +
                       (copied ? "end" : std::to_string(buffer.last));
    rows.push_back(
        {value, cast<LaunchOp>(buffer.value.getOwner()).getKernel().str(),
         getProduct(buffer.bytes, buffer.dims), getPlace(buffer, plan), uses,
         getBar(buffer, plan.numLaunches, step)});
    if (!buffer.placement.functionResult)
      all[buffer.placement.region] += buffer.bytes;
  }
  std::array<size_t, 6> widths = {};
  for (const auto &row : rows)
    for (auto [width, cell] : llvm::zip_equal(widths, row))
      width = std::max(width, cell.size());
  for (const auto &row : rows) {
    os << ' ';
    for (size_t column = 0; column + 1 < row.size(); ++column)
      os << ' ' << llvm::left_justify(row[column], widths[column] + 1);
    os << ' ' << row.back() << '\n';
  }
  if (step > 1)
    os << "  (a column of the lifetimes is " << step << " launches)\n";

  for (auto [region, size] : llvm::zip_equal(plan.regions, used))
    size = region.bytes;
  os << "  arena: " << getSum(plan, used)
     << " bytes, without reuse: " << getSum(plan, all) << " bytes\n";
}

//===----------------------------------------------------------------------===//
// Passes
//===----------------------------------------------------------------------===//

namespace {

class PlanMemory : public llamir::impl::LlamaPlanMemoryBase<PlanMemory> {
public:
  using LlamaPlanMemoryBase::LlamaPlanMemoryBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (!isHostFunction(function))
      return;
    // A plan that is there, edited perhaps, is kept if it is right.
    if (function->hasAttr(LlamaDialect::arenaAttrName)) {
      if (failed(readMemoryPlan(function)))
        return signalPassFailure();
      return markAllAnalysesPreserved();
    }
    if (alignment <= 0 || alignment % 64 != 0) {
      function.emitOpError()
          << "cannot be planned at multiples of " << int64_t(alignment)
          << " bytes: it must be a multiple of 64";
      return signalPassFailure();
    }
    FailureOr<MemoryPlan> plan = planMemory(function, alignment);
    if (failed(plan))
      return signalPassFailure();
    write(function, *plan);
  }

private:
  DictionaryAttr getStorage(Builder &builder, const Placement &placement);
  void write(func::FuncOp function, const MemoryPlan &plan);
};

class PrintMemoryPlan
    : public llamir::impl::LlamaPrintMemoryPlanBase<PrintMemoryPlan> {
public:
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (!isHostFunction(function))
        continue;
      FailureOr<MemoryPlan> plan = readMemoryPlan(function);
      if (failed(plan))
        return signalPassFailure();
      printMemoryPlan(function, *plan, llvm::errs());
    }
    markAllAnalysesPreserved();
  }
};

} // namespace

DictionaryAttr PlanMemory::getStorage(Builder &builder,
                                      const Placement &placement) {
  auto number = [&](StringRef name, int64_t value) {
    return builder.getNamedAttr(name, builder.getI64IntegerAttr(value));
  };
  if (placement.functionResult)
    return builder.getDictionaryAttr(
        number("result", *placement.functionResult));
  return builder.getDictionaryAttr(
      {number("offset", placement.offset), number("region", placement.region)});
}

void PlanMemory::write(func::FuncOp function, const MemoryPlan &plan) {
  Builder builder(&getContext());
  SmallVector<Attribute> regions;
  for (const ArenaRegion &region : plan.regions)
    regions.push_back(builder.getDictionaryAttr(
        {builder.getNamedAttr("bytes", builder.getI64IntegerAttr(region.bytes)),
         builder.getNamedAttr("dims",
                              builder.getArrayAttr(SmallVector<Attribute>(
                                  region.dims.begin(), region.dims.end())))}));
  function->setAttr(LlamaDialect::arenaAttrName, builder.getArrayAttr(regions));

  // The buffers of a launch stand one after the other.
  SmallVector<Attribute> storage;
  for (const PlannedBuffer &buffer : plan.buffers) {
    storage.push_back(getStorage(builder, buffer.placement));
    Operation *launch = buffer.value.getOwner();
    if (buffer.value.getResultNumber() + 1 != launch->getNumResults())
      continue;
    launch->setAttr(LlamaDialect::storageAttrName,
                    builder.getArrayAttr(storage));
    storage.clear();
  }
}
