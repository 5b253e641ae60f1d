//===- Reference.h - Evaluate functions in double precision -----*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a function of the llama dialect means, computed with plain loops over
// doubles. It shares no code with the lowerings, so that a mistake in one of
// them shows as a difference.
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_REFERENCE_REFERENCE_H
#define LLAMIR_REFERENCE_REFERENCE_H

#include "dialects/llama/LlamaDialect.h"
#include "llamir/Reference/Tensor.h"

namespace llamir::reference {

/// Gives every compute op of the llama dialect its ReferenceOpInterface.
void registerReferenceModels(mlir::DialectRegistry &registry);

/// The numbers of a weight, row after row as its shape says whatever the
/// encoding of its type. Fails with a message on the weight.
using WeightProvider =
    llvm::function_ref<llvm::FailureOr<Tensor>(llama::WeightOp)>;

/// Sees the results of an op right after it was evaluated. A kernel, launch or
/// call is seen after the ops in it.
using Observer =
    llvm::function_ref<void(mlir::Operation *, llvm::ArrayRef<Tensor>)>;

/// The results of `function` for these arguments. The function may hold compute
/// ops, llama.get_weight, llama.kernel, and llama.launch or func.call of a
/// func.func; a value is dropped after its last use. Fails with a message on
/// the function, where the arguments do not fit its types or the names that
/// `llama.dims` gives their sizes, or on the op that cannot be evaluated.
///
/// Each op's result is rounded to its element type, and each number of a result
/// has a bound: how far that of a right kernel may be, if the arguments and the
/// weights are exactly its own.
llvm::FailureOr<llvm::SmallVector<Tensor>>
evaluateFunction(mlir::func::FuncOp function, llvm::ArrayRef<Tensor> arguments,
                 WeightProvider weights, Observer observer = nullptr);

} // namespace llamir::reference

#endif // LLAMIR_REFERENCE_REFERENCE_H
