//===- ScheduleBuilder.h - Writing schedules --------------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_SCHEDULE_SCHEDULEBUILDER_H
#define LLAMIR_LIB_SCHEDULE_SCHEDULEBUILDER_H

#include "dialects/halide/HalideDialect.h"
#include "llamir/Conversion/LlamaToHalide/HalideLowering.h"
#include "llamir/Support/TargetInfo.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace llamir {

/// Writes directives at the end of a schedule, and finds what they are about.
class ScheduleBuilder {
public:
  using Value = mlir::Value;
  using Tail = halide::TailStrategy;

  /// `rowStrides` has for each argument of the pipeline from where to where a
  /// row goes in memory, in elements, if rows begin at multiples of 16 bytes,
  /// and else 0; it is empty where they lie one after the other.
  ScheduleBuilder(halide::ScheduleOp schedule, const TargetInfo &target,
                  llvm::ArrayRef<int64_t> rowStrides = {});

  const TargetInfo &target;
  /// f32 lanes of a processor's vector.
  int64_t lanes() const { return target.getProcessor().vectorLanes; }
  halide::PipelineOp getPipeline() { return pipeline; }
  mlir::ModuleOp getModule();

  /// The funcs with a role, in the order of the pipeline.
  llvm::SmallVector<Value> getFuncs(llvm::StringRef role);
  /// The one func with a role, null if there is none or several.
  Value getFunc(llvm::StringRef role);
  /// The first buffer type that the output func is written to.
  halide::BufferType getOutputType();
  /// What rotations have of the length of the sequence, if that matters: funcs
  /// that are computed once.
  llvm::SmallVector<Value> getLengthFuncs();

  /// Tells how the rows of arguments lie that begin at multiples of 16 bytes,
  /// for a device to read so many at once.
  void setWholeRows();

  /// The number of tokens: the outermost extent of an argument with the dynamic
  /// size of the output, an index; or its static size.
  Value getTokens();
  /// The static number of tokens, nothing when it is dynamic.
  std::optional<int64_t> getStaticTokens();

  // Index arithmetic.
  Value index(int64_t value);
  Value add(Value a, int64_t b);
  Value mul(Value a, int64_t b);
  Value div(Value a, Value b);
  Value ceilDiv(Value a, int64_t b);
  Value ceilDiv(Value a, Value b);
  Value max(Value a, int64_t b);
  Value max(Value a, Value b);
  Value min(Value a, int64_t b);

  // Directives.
  /// Loops of the pure definition, or of an update with `reductions` reduction
  /// loops.
  llvm::SmallVector<Value> loops(Value func);
  llvm::SmallVector<Value> loops(Value func, int64_t update,
                                 int64_t reductions);
  std::pair<Value, Value> split(Value loop, int64_t factor,
                                Tail tail = Tail::Auto,
                                llvm::StringRef outer = "",
                                llvm::StringRef inner = "");
  std::pair<Value, Value> split(Value loop, Value factor, Tail tail,
                                llvm::StringRef outer, llvm::StringRef inner);
  Value fuse(Value inner, Value outer, llvm::StringRef name);
  void reorder(llvm::ArrayRef<Value> innermostFirst);
  /// Splits off vectors and vectorizes them; returns the loop over vectors.
  Value vectorize(Value loop, Tail tail = Tail::Auto);
  void vectorizeWhole(Value loop);
  void unroll(Value loop);
  void parallel(Value loop, bool pastCaches = false);
  /// Prefetches what the next step of `from` reads of an argument, at each step
  /// of a loop in it.
  void prefetchNext(Value buffer, Value at, Value from);
  void gpuBlocks(Value loop);
  void gpuThreads(Value loop);
  void computeAt(Value func, Value loop);
  void storeIn(Value func, halide::MemoryType memory);
  /// A copy of a func for those who read it.
  Value copy(Value func);
  /// A copy of an argument or a func for a func that reads it.
  Value copy(Value source, Value reader);
  /// Promises that an argument lies at multiples of some bytes, without gaps.
  void setDense(Value buffer, int64_t alignment);
  void computeRoot(Value func);
  void bound(Value func, int64_t dim, int64_t extent);
  void boundExtent(Value func, int64_t dim, int64_t extent);
  void alignStorage(Value func, int64_t dim, int64_t alignment);
  void reorderStorage(Value func, llvm::ArrayRef<int64_t> closestFirst);
  void atomic(Value func, int64_t update);
  /// One version of each loop of the pure definition and `updates` updates.
  void neverPartition(Value func, int64_t updates = 0);
  Value rfactor(Value loop, llvm::StringRef var);
  /// Has a function compute a func.
  void callExtern(Value func, mlir::func::FuncOp callee,
                  llvm::ArrayRef<Value> inputs,
                  llvm::ArrayRef<int32_t> constants, int64_t rows);
  /// Runs `body` for the stage as it is when `condition` holds.
  void specialize(Value func, std::optional<int64_t> update, Value condition,
                  llvm::function_ref<void()> body);
  Value isEqual(Value a, int64_t b);
  Value isAtMost(Value a, int64_t b);
  Value select(Value condition, Value then, Value otherwise);
  Value isBetween(Value a, int64_t least, int64_t most);

private:
  halide::PipelineOp pipeline;
  llvm::SmallVector<int64_t> rowStrides;
  mlir::ImplicitLocOpBuilder builder;
};

/// The first update of a func; null if it has none.
halide::UpdateOp getUpdate(mlir::Value func);
/// The extent of the only reduction variable of a func's update, if it is
/// known.
std::optional<int64_t> getReductionExtent(mlir::Value func);
/// Elements of a row of a func of some shape, whose last `rowDims` dimensions
/// number the rows.
int64_t getRowWidth(llvm::ArrayRef<int64_t> shape, int64_t rowDims);
/// Bounds of the output func's dimensions that its buffer knows.
void boundOutput(ScheduleBuilder &schedule, mlir::Value output);

} // namespace llamir

#endif // LLAMIR_LIB_SCHEDULE_SCHEDULEBUILDER_H
