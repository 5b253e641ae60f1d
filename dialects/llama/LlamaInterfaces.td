//===- LlamaInterfaces.td - What an op says about itself ---*- tablegen -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Passes and tools hold no switch over op names: an op describes itself through
// these interfaces. Two of them are implemented where their subject lives
// (external models), so that the dialect does not depend on it: the reference
// evaluation in lib/Reference, the lowering in lib/Conversion.
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LLAMA_INTERFACES_TD
#define LLAMIR_LLAMA_INTERFACES_TD

include "mlir/IR/OpBase.td"

def Llama_ComputeOpInterface : OpInterface<"ComputeOpInterface"> {
  let cppNamespace = "::llamir::llama";
  let description = [{
    An op that computes tensors from tensors and may stand in a kernel. The
    sizes of dynamic dimensions are given by the caller: `shapes` has one entry
    per operand, all static.
  }];
  let methods = [
    InterfaceMethod<[{
      Floating-point operations, as the field counts them: a multiply-add is
      two, an exponential or a division one. Exact up to 2^53, and finite for
      every shape that a type can have.
    }], "double", "getFlops",
      (ins "::llvm::ArrayRef<::llvm::SmallVector<int64_t>>":$operandShapes)>,
    InterfaceMethod<[{
      The shape of what has to be read of an operand: all of it, or as many rows
      of a table as are named.
    }], "::llvm::SmallVector<int64_t>", "getReadShape",
      (ins "unsigned":$operand,
           "::llvm::ArrayRef<::llvm::SmallVector<int64_t>>":$operandShapes),
      /*methodBody=*/"",
      /*defaultImplementation=*/"return operandShapes[operand];">,
    InterfaceMethod<[{
      Whether an operand is a weight, which may have another element type than
      the activations that the op reads and computes. States are.
    }], "bool", "isWeight", (ins "unsigned":$operand),
      /*methodBody=*/"",
      /*defaultImplementation=*/"return $_op.isState(operand);">,
    InterfaceMethod<[{
      Whether an operand is statistics or a state, of the element type that the
      op asks for: no pass may change it.
    }], "bool", "isState", (ins "unsigned":$operand),
      /*methodBody=*/"", /*defaultImplementation=*/"return false;">,
    InterfaceMethod<[{
      Whether the results are activations, for which a user may choose another
      element type; else they are weights or statistics.
    }], "bool", "hasActivations", (ins),
      /*methodBody=*/"", /*defaultImplementation=*/"return true;">,
    InterfaceMethod<[{
      What of an operand that is no weight an element of the result is computed
      from: what decides which ops share a kernel, and which of them may pass
      numbers on that are not rounded yet.
    }], "::llamir::llama::Reach", "getReach", (ins),
      /*methodBody=*/"", /*defaultImplementation=*/"return ::llamir::llama::Reach::Rows;">,
    InterfaceMethod<[{
      What the numbers of an operand must be less than, when they are indices;
      they must not be negative either.
    }], "::std::optional<int64_t>", "getIndexLimit", (ins "unsigned":$operand),
      /*methodBody=*/"", /*defaultImplementation=*/"return ::std::nullopt;">,
    InterfaceMethod<[{
      Shapes of the results for these shapes of the operands. Fails with a
      message on the op when they do not fit.
    }], "::llvm::FailureOr<::llvm::SmallVector<::llvm::SmallVector<int64_t>>>",
      "inferShapes",
      (ins "::llvm::ArrayRef<::llvm::SmallVector<int64_t>>":$operandShapes)>,
    InterfaceMethod<[{
      Which dimensions of operands and results are always equal: calls
      `equal(value, axis, value, axis)` for each such pair.
    }], "void", "getEqualDims",
      (ins "::llvm::function_ref<void(::mlir::Value, unsigned, ::mlir::Value, unsigned)>":$equal)>,
  ];
}

def Llama_ReferenceOpInterface : OpInterface<"ReferenceOpInterface"> {
  let cppNamespace = "::llamir::llama";
  let description = [{
    An op that can evaluate itself in double precision with plain loops.
    Implemented in lib/Reference, apart from everything that generates code.
    What it computes is rounded to the element type by the caller.
  }];
  let methods = [
    InterfaceMethod<[{
      Computes the results from the operands, and how far a kernel that computes
      in f32 may be from them (`Tensor::bound`). The shapes have been checked by
      `inferShapes`, and `results` holds tensors of those shapes, all zero.
      Fails with a message on the op for values it rejects.
    }], "::llvm::LogicalResult", "evaluate",
      (ins "::llvm::ArrayRef<const ::llamir::reference::Tensor *>":$operands,
           "::llvm::MutableArrayRef<::llamir::reference::Tensor>":$results)>,
  ];
}

def Llama_HalideLoweringOpInterface : OpInterface<"HalideLoweringOpInterface"> {
  let cppNamespace = "::llamir::llama";
  let description = [{
    An op that can write itself as funcs of the halide dialect. Implemented in
    lib/Conversion.
  }];
  let methods = [
    InterfaceMethod<[{
      Adds the op's funcs to the pipeline under construction and tells the
      lowering which func or expression stands for each result.
    }], "::llvm::LogicalResult", "lowerToHalide",
      (ins "::llamir::HalideLowering &":$lowering)>,
  ];
}

#endif // LLAMIR_LLAMA_INTERFACES_TD
