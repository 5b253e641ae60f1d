//===- HalideLowering.h - From llama ops to Halide funcs --------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A kernel's values are lowered to readers: functions that write the expression
// of one element. Element-wise ops compose readers and cost nothing; reductions
// add funcs to the pipeline and read those. What the kernel returns becomes the
// output func.
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_CONVERSION_LLAMATOHALIDE_HALIDELOWERING_H
#define LLAMIR_CONVERSION_LLAMATOHALIDE_HALIDELOWERING_H

#include "dialects/halide/HalideDialect.h"
#include "dialects/llama/LlamaDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include <functional>

namespace llamir {

/// What kind of kernel the schedules have before them. Each can hold what those
/// before it hold.
enum class KernelKind {
  Elementwise,
  Norm,
  Statistics,
  Recurrence,
  Linear,
  Attention
};

/// Samples of one element a channel are added up in blocks of so many.
constexpr int64_t samplesOfBlock = 64;

/// Tokens that linear attention takes at once.
constexpr int64_t tokensOfChunk = 64;

/// Sums of at most so many products are made in one pass, longer ones in
/// blocks.
constexpr int64_t longestSingleSum = 1024;

/// Up to so many tokens, panels of narrow weights are widened in registers;
/// with more of them a block of a panel is widened once for all its rows.
constexpr int64_t mostWidenedInRegisters = 64;
/// Up to so many tokens, a device's lanes read the rows of a weight; with more
/// of them its blocks multiply tiles, for so many inputs at a time.
constexpr int64_t mostMultipliedByLanes = 16;
constexpr int64_t inputsOfSlice = 16;
/// What the names and roles of the funcs for more tokens begin with.
constexpr llvm::StringLiteral widenedPrefix = "wide_";

/// Keys that attention takes at once: a block has at most so many.
constexpr int64_t mostKeysOfBlock = 256;

/// How attention takes its queries: one token at a time, some, or many.
enum class AttentionTileKind { Single, Few, Many };
constexpr AttentionTileKind attentionTileKinds[] = {
    AttentionTileKind::Single, AttentionTileKind::Few, AttentionTileKind::Many};
/// What the names and roles of its funcs begin with.
llvm::StringRef getPrefix(AttentionTileKind kind);
/// Tokens of a tile when `grouped` heads of queries read one head of keys; 0 if
/// there are no tiles of that kind.
int64_t getTokensOfTile(AttentionTileKind kind, int64_t grouped);

/// A column of a row, as indices of a space that is `extents` large, innermost
/// first: (element, head) for a row of heads, say.
struct Column {
  llvm::SmallVector<mlir::Value> indices;
  llvm::SmallVector<int64_t> extents;

  /// The number of the column in its row.
  mlir::Value getFlat(mlir::ImplicitLocOpBuilder &builder) const;
  /// Element and group for groups of `size` columns.
  std::pair<mlir::Value, mlir::Value>
  getGroup(mlir::ImplicitLocOpBuilder &builder, int64_t size) const;
  /// The same column in a space of other extents, as many in all.
  Column divide(mlir::ImplicitLocOpBuilder &builder,
                llvm::ArrayRef<int64_t> layout) const;
};

/// Writes the expression of the element at a column of token `t`; f32, or the
/// value's own type for integers. `t` is null for values of rank 1.
using Reader = std::function<mlir::Value(mlir::ImplicitLocOpBuilder &builder,
                                         const Column &column, mlir::Value t)>;

/// The pipeline under construction and what stands for each value so far.
class HalideLowering {
public:
  HalideLowering(halide::PipelineOp pipeline,
                 mlir::ImplicitLocOpBuilder &builder)
      : pipeline(pipeline), builder(builder) {}

  /// Builds expressions and funcs in the pipeline's body.
  mlir::ImplicitLocOpBuilder &getBuilder() { return builder; }
  halide::PipelineOp getPipeline() { return pipeline; }

  /// Says that an op needs this kind of kernel.
  void needKind(KernelKind kind) { this->kind = std::max(this->kind, kind); }
  KernelKind getKind() const { return kind; }

  /// Declares that a buffer argument of the pipeline holds a tensor.
  void addArgument(mlir::Value tensor, mlir::Value buffer);
  /// The buffer of an argument of the kernel, null for other values.
  mlir::Value getBuffer(mlir::Value tensor) { return buffers.lookup(tensor); }

  /// Whether a schedule finds the number of tokens at this value, or at what it
  /// is computed from: the first argument of the kernel with a dynamic number
  /// of rows.
  bool tellsTokens(mlir::Value tensor);

  /// Says how a value is computed, and in which space its columns are computed
  /// best. Whoever reads it finds it rounded to its element type.
  void setValue(mlir::Value tensor, Reader reader,
                llvm::ArrayRef<int64_t> layout);
  const Reader &getReader(mlir::Value tensor) { return values[tensor].reader; }
  llvm::ArrayRef<int64_t> getLayout(mlir::Value tensor) {
    return values[tensor].layout;
  }

  /// The number of tokens of a tensor of rank 2, as an index.
  mlir::Value getTokens(mlir::Value tensor);

  /// A value that several places read or that costs to compute: a func of its
  /// own with the role "operand", unless it is an argument.
  Reader materialize(mlir::Value tensor);
  /// The rows that are multiplied by a packed weight, as f32; rows past the
  /// last token are the last one again. Those of another type are a func with
  /// the role "rows", which has zeros from the last column to a multiple of
  /// `interleave`, and one with the role "activations" that widens it:
  /// schedules compute the one that an instruction takes, once, or leave both
  /// inline.
  Reader readActivations(mlir::Value tensor, int64_t interleave);
  /// Adds what instructions that multiply bf16 take of rows of f32: a func with
  /// the role "parts" of (column, part, row), three bf16 whose sum is the
  /// number. No other func reads it, only functions of `halide.extern`. It has
  /// the rows and zeros of "rows".
  void addParts(mlir::Value tensor, int64_t interleave);

  using Body = llvm::function_ref<llvm::SmallVector<mlir::Value>(
      mlir::ImplicitLocOpBuilder &, mlir::ValueRange)>;
  /// Adds a func whose values `body` writes for the indices it is given.
  mlir::Value addFunc(llvm::StringRef name, llvm::StringRef role,
                      llvm::ArrayRef<llvm::StringRef> vars,
                      llvm::ArrayRef<mlir::Type> types, Body body);
  /// Adds a table of numbers that is part of the code.
  mlir::Value addTable(llvm::StringRef name, llvm::ArrayRef<double> numbers);
  /// Adds an update of a func over reduction variables from 0, the innermost
  /// first. `body` gets the func's indices and the variables; a predicate may
  /// follow the values.
  void addUpdate(mlir::Value func, llvm::ArrayRef<llvm::StringRef> variables,
                 llvm::ArrayRef<mlir::Value> extents, Body body,
                 bool predicated = false);
  /// Adds an update that goes along a dimension: for each variable from 0 on it
  /// writes to the index behind it what `body` makes of the func's indices, of
  /// which that of the dimension is the variable.
  void addScan(mlir::Value func, unsigned dim, llvm::StringRef variable,
               mlir::Value extent, Body body);
  /// Reads a func or buffer.
  llvm::SmallVector<mlir::Value> read(mlir::ImplicitLocOpBuilder &builder,
                                      mlir::Value source,
                                      llvm::ArrayRef<mlir::Value> indices);

  /// Adds the output funcs for the kernel's results.
  void addOutputs(mlir::ValueRange results);

private:
  /// What a tensor has its tokens from: an argument, or a value with a static
  /// number of them.
  mlir::Value getTokenSource(mlir::Value tensor);
  /// The rows of a tensor; those past the last token are the last one again.
  Reader readRows(mlir::Value tensor);

  struct Lowered {
    Reader reader;
    llvm::SmallVector<int64_t> layout;
  };
  std::string getUniqueName(llvm::StringRef name);

  halide::PipelineOp pipeline;
  mlir::ImplicitLocOpBuilder &builder;
  KernelKind kind = KernelKind::Elementwise;
  llvm::DenseMap<mlir::Value, Lowered> values;
  llvm::DenseMap<mlir::Value, mlir::Value> buffers;
  /// Values that have a func of their own.
  llvm::DenseSet<mlir::Value> materialized;
  llvm::StringMap<int> names;
};

/// Small helpers to write expressions.
mlir::Value getIndex(mlir::ImplicitLocOpBuilder &builder, int64_t value);
mlir::Value getF32(mlir::ImplicitLocOpBuilder &builder, double value);
/// A bf16 or f16 in the type that kernels compute in; others as they are.
mlir::Value toF32(mlir::ImplicitLocOpBuilder &builder, mlir::Value value);

/// Attaches the lowerings of the llama ops.
void registerHalideLowerings(mlir::DialectRegistry &registry);

} // namespace llamir

#endif // LLAMIR_CONVERSION_LLAMATOHALIDE_HALIDELOWERING_H
