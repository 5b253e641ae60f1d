//===- LlamaDialect.td - The llama dialect -----------------*- tablegen -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LLAMA_DIALECT_TD
#define LLAMIR_LLAMA_DIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"

def Llama_Dialect : Dialect {
  let name = "llama";
  let summary = "Transformer blocks of the LLaMA family, one op per layer operation";
  let description = [{
    A block, or a whole model, as a function over tensors. An activation is a
    rank-2 tensor `[tokens, width]`; heads lie side by side in the width. The
    number of tokens is usually dynamic. Nothing here says anything about
    memory, except the encoding of a packed weight (`#llama.panels`).

    Three levels of a model are written in this dialect:

    1. plain ops in a `func.func`, as a user or the importer writes them;
    2. ops grouped in `llama.kernel` regions by the fusion passes;
    3. `llama.launch` ops in the function, and one `func.func` with the unit
       attribute `llama.kernel` for each distinct kernel.

    The meaning of every op is its formula over the real numbers. Element types
    say how values are stored between ops; each op computes in f32 at least.

    Attributes of the dialect tell passes, and the C interface, what they found
    out. Each has its place and form, and others are refused:

    | attribute | on | what |
    |---|---|---|
    | `llama.kernel` | function | unit: it is one kernel, of one block |
    | `llama.name` | argument or result of a function | string: what users call it |
    | `llama.dims` | argument of a function | names of its dynamic sizes, from the left |
    | `llama.dims` | launch | the same for each result |
    | `llama.index_limit` | argument of a function, of i32 | i64: all its numbers are less, and not negative |
    | `llama.arena` | function | regions of its arena, `{bytes, dims}` |
    | `llama.storage` | launch | for each result `{region, offset}` in the arena, or `{result}` of the function |
    | `llama.offset` | weight | i64: where it starts in the packed weights, in bytes |
    | `llama.weights_bytes` | module | i64: bytes of the packed weights |
    | `llama.fingerprint` | module | 16 hexadecimal digits: what code and packed weights have in common |
    | `llama.product` | kernel function, `halide.pipeline` | `#llama.product`: a library may compute its product |
    | `llama.tensor_cores` | kernel function, `halide.pipeline` | `#llama.tensor_kernel`: what computes it on CUDA |
    | `llama.kernel_type` | `halide.pipeline` | the type of the kernel function that it was |
    | `llama.kind` | `halide.pipeline` | string: what strategy schedules it |
    | `llama.role` | `halide.func` | string: what the strategy takes it for |
  }];
  let cppNamespace = "::llamir::llama";
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
  let dependentDialects = ["::mlir::func::FuncDialect"];
  let extraClassDeclaration = [{
    void registerAttributes();

    /// Unit attribute of a func.func that is one kernel.
    static constexpr llvm::StringLiteral kernelAttrName = "llama.kernel";
    /// Attribute of a halide.pipeline: the tensor type of the kernel it was made
    /// from, which its launches still have.
    static constexpr llvm::StringLiteral kernelTypeAttrName = "llama.kernel_type";
    /// Attribute of a kernel with a product that a library of the device may
    /// compute: a #llama.product.
    static constexpr llvm::StringLiteral productAttrName = "llama.product";
    /// Attribute of a kernel: a #llama.tensor_kernel that computes the same.
    static constexpr llvm::StringLiteral tensorCoresAttrName = "llama.tensor_cores";
    /// Attributes that tell the schedules what they have before them: what kind
    /// of kernel a halide.pipeline is, and what a halide.func of it is for.
    static constexpr llvm::StringLiteral kindAttrName = "llama.kind";
    static constexpr llvm::StringLiteral roleAttrName = "llama.role";
    /// Argument attribute: an array of strings that names the dynamic sizes of
    /// an argument, one for each dynamic dimension from the left. On a launch it
    /// is an array with such an array for each result.
    static constexpr llvm::StringLiteral dimsAttrName = "llama.dims";
    /// Argument attribute of a tensor of indices: all must be at least zero and
    /// less than this when the function runs.
    static constexpr llvm::StringLiteral indexLimitAttrName = "llama.index_limit";
    /// Attribute of a launch, set by --llama-plan-memory: where each result
    /// lies, {region, offset} in the arena or {result} for a caller's buffer.
    static constexpr llvm::StringLiteral storageAttrName = "llama.storage";
    /// Attribute of a function, set by --llama-plan-memory: the regions of its
    /// arena, each {bytes, dims}.
    static constexpr llvm::StringLiteral arenaAttrName = "llama.arena";
    /// Attribute of a weight, set by --llama-layout-weights: where its bytes
    /// start in the packed weights. The module has the size of them all.
    static constexpr llvm::StringLiteral offsetAttrName = "llama.offset";
    static constexpr llvm::StringLiteral weightsBytesAttrName = "llama.weights_bytes";
    /// Attribute of a module, beside the size: a hash of the weights' names,
    /// types and places, as 16 digits. Code and packed weights must have the same.
    static constexpr llvm::StringLiteral fingerprintAttrName = "llama.fingerprint";
    /// Argument and result attribute: the name users see (header, --input).
    static constexpr llvm::StringLiteral nameAttrName = "llama.name";
  }];
}

#endif // LLAMIR_LLAMA_DIALECT_TD
