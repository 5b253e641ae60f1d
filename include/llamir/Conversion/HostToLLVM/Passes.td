//===- Passes.td - Passes from host functions to LLVM ------*- tablegen -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_CONVERSION_HOSTTOLLVM_PASSES_TD
#define LLAMIR_CONVERSION_HOSTTOLLVM_PASSES_TD

include "mlir/Pass/PassBase.td"

def LlamaAnnotateSizes : Pass<"llama-annotate-sizes", "::mlir::ModuleOp"> {
  let summary = "Name the dynamic sizes of host functions";
  let description = [{
    Finds which dynamic dimensions are always equal and names each set of them:
    by the name that a `llama.dims` argument attribute gives, else `tokens`,
    `tokens_1`, … Writes the names to `llama.dims` attributes of all arguments
    and launches with dynamic sizes. Arguments that an embedding uses as
    indices get the number of the table's rows as `llama.index_limit`.

    Runs while the kernels are functions, since their bodies tell which sizes
    are equal; what it writes is all that the passes after it need.

    Refused are sizes that must be equal and have two names or two numbers, a
    dynamic size that is always one number, a value whose size is that of no
    argument, ids of an embedding that are no argument of the function, kernels
    without a body, and ops or blocks that cannot stand in host code.

    ```mlir
    func.func @f(%ids: tensor<?xi32>, %table: tensor<50x8xf32>) -> tensor<?x8xf32> {
      %0 = llama.launch @embedding(%ids, %table) : (tensor<?xi32>, tensor<50x8xf32>) -> tensor<?x8xf32>
      return %0 : tensor<?x8xf32>
    }
    // becomes
    func.func @f(%ids: tensor<?xi32> {llama.dims = ["tokens"], llama.index_limit = 50 : i64},
                 %table: tensor<50x8xf32>) -> tensor<?x8xf32> {
      %0 = llama.launch @embedding(%ids, %table) {llama.dims = [["tokens"]]} : …
      return %0 : tensor<?x8xf32>
    }
    ```
  }];
}

def LlamaIsolateKernels : Pass<"llama-isolate-kernels", "::mlir::ModuleOp"> {
  let summary = "Give each kernel a host function of its own";
  let description = [{
    Replaces the host functions by one for each kernel that they launch: its
    arguments are the kernel's operands, but for weights, which it reads, and
    its results are the kernel's. A kernel that is launched several times gets
    the weights of the first launch. So each kernel can be run, checked and
    timed on numbers that nothing else has made.

    Runs after `--llama-annotate-sizes`, whose names of sizes it keeps; run that
    pass again for the limits of indices. Refused are sizes without names.

    ```mlir
    func.func @f(%x: tensor<?x8xf32> {llama.dims = ["n"]}) -> tensor<?x8xf32> {
      %w = llama.get_weight @w : tensor<8xf32>
      %0 = llama.launch @norm(%x, %w) {llama.dims = [["n"]]} : …
      %1 = llama.launch @add(%0, %x) {llama.dims = [["n"]]} : …
      return %1 : tensor<?x8xf32>
    }
    // becomes
    func.func @run_norm(%x: tensor<?x8xf32> {llama.dims = ["n"]}) -> tensor<?x8xf32> {
      %w = llama.get_weight @w : tensor<8xf32>
      %0 = llama.launch @norm(%x, %w) {llama.dims = [["n"]]} : …
      return %0 : tensor<?x8xf32>
    }
    func.func @run_add(%0: tensor<?x8xf32> {llama.dims = ["n"]}, %x: tensor<?x8xf32> {llama.dims = ["n"]}) -> …
    ```
  }];
}

def LlamaPlanMemory : Pass<"llama-plan-memory", "::mlir::func::FuncOp"> {
  let summary = "Place the results of launches in one arena";
  let description = [{
    Gives every result of a launch a place: the caller's buffer for a value that
    the function returns, else a part of the arena that no other value uses at
    the same time. The arena is made of regions, one for each product of
    dynamic sizes, so that offsets are linear in the size: a place at `offset`
    in a region with the dims `["tokens"]` starts `offset * tokens` bytes from
    the region's start. Offsets and sizes are multiples of `alignment`, for a
    device of 512, where handles of a part of its memory may begin.

    Arguments are read in place, and results of `llama.split` are views. Writes
    `llama.storage` on launches and `llama.arena` on the function.

    A function that has an arena already keeps its plan, so that one may be
    written by hand. It is refused when a launch has no place for a result, when
    a place does not fit its region, or when a value lies over another one that
    is still used. Without `llama.arena` the function is planned anew.

    Refused are sizes without names (run `--llama-annotate-sizes` first), ops
    that cannot stand in host code, results with more than one dynamic size, and
    sizes that do not fit 64 bits.

    ```mlir
    func.func @f(%x: tensor<?x64xf32> {llama.dims = ["n"]}) -> tensor<?x64xf32> {
      %0 = llama.launch @a(%x) {llama.dims = [["n"]]} : (tensor<?x64xf32>) -> tensor<?x64xf32>
      %1 = llama.launch @a(%0) {llama.dims = [["n"]]} : (tensor<?x64xf32>) -> tensor<?x64xf32>
      return %1 : tensor<?x64xf32>
    }
    // becomes, with the dims as they were
    func.func @f(…) -> tensor<?x64xf32> attributes {llama.arena = [{bytes = 256 : i64, dims = ["n"]} ]} {
      %0 = llama.launch @a(%x) {llama.storage = [{offset = 0 : i64, region = 0 : i64} ]} : …
      %1 = llama.launch @a(%0) {llama.storage = [{result = 0 : i64} ]} : …
      return %1 : tensor<?x64xf32>
    }
    ```
  }];
  let options = [
    Option<"alignment", "alignment", "int64_t", "64",
           "What offsets and sizes are multiples of, in bytes, itself one of 64">
  ];
}

def LlamaPrintMemoryPlan
    : Pass<"llama-print-memory-plan", "::mlir::ModuleOp"> {
  let summary = "Print the memory plan of host functions to standard error";
  let description = [{
    For each planned function a table of buffers (value, kernel, bytes, place,
    first and last launch that uses it), the arena's size with and without reuse,
    and a chart of the lifetimes. The IR stays as it is. A function without a
    plan, or with one that is wrong, is refused, see `--llama-plan-memory`.

    ```
    memory plan of @chain: 4 launches, 4 buffers
      value  kernel  bytes    place            first-last  lifetime
      %0     same    256 * n  arena + 0        0-1         ##..
      %1     same    256 * n  arena + 256 * n  1-2         .##.
      %2     same    256 * n  arena + 0        2-3         ..##
      %3     same    256 * n  result 0         3-3         ...#
      arena: 512 * n bytes, without reuse: 768 * n bytes
    ```
  }];
}

def LlamaLayoutWeights : Pass<"llama-layout-weights", "::mlir::ModuleOp"> {
  let summary = "Give every weight its place in the packed weights";
  let description = [{
    Writes `llama.offset`, in bytes, on each weight that is used, and on the
    module the size of all as `llama.weights_bytes` and a hash of names, types
    and places as `llama.fingerprint`. Large weights start at pages, small ones
    at multiples of 64, in the order of the module: docs/weights.md describes
    the file.

    Refused is a weight with another `llama.offset` than this order gives it:
    it was edited, or the weights before it were. A weight that nobody reads
    loses its offset; size and fingerprint are written anew.

    ```mlir
    llama.weight @g : tensor<64xf32> = #llama.random<seed = 1, scale = 1.0 : f64>
    llama.weight @w : tensor<64x64xf32> = #llama.random<seed = 2, scale = 1.0 : f64>
    // becomes
    module attributes {llama.fingerprint = "…", llama.weights_bytes = 20480 : i64} {
      llama.weight @g : tensor<64xf32> = … {llama.offset = 0 : i64}
      llama.weight @w : tensor<64x64xf32> = … {llama.offset = 4096 : i64}
    }
    ```
  }];
}

def ConvertHalideExternToLLVM
    : Pass<"convert-halide-extern-to-llvm", "::mlir::ModuleOp"> {
  let summary = "Turn functions that kernels call into functions of the LLVM dialect";
  let description = [{
    The functions for the target that compute funcs (`halide.extern`) are lowered
    by MLIR's passes: ops of `scf`, `affine`, `memref`, `arith`, `math`, `vector`
    (but no transfers), `cf` and `amx`. They get the suffix `.body`, and the
    processor of the target, whatever that of the host functions is. What the
    schedules for the target call is a function of C beside each, which takes Halide's buffers, tells
    Halide what is needed, and describes the buffers as memrefs. Functions for
    other targets stay as they are.

    Refused are an op that has no form in the LLVM dialect or needs a library, a
    use of a function without the attribute or of a table, a directive whose
    function has no body, and two directives that give one function a func and a
    buffer at the same place.

    ```mlir
    func.func @scale(%x: memref<?x8xf32, strided<[?, 1]>>, %y: memref<?x?xf32, strided<[?, 1]>>, %first: index)
      attributes {halide.extern = "x86-64-avx2"} { … }
    halide.extern %y by @scale(%x) : !halide.func<2, f32>, (!halide.func<2, f32>)
    // becomes what C declares as
    // int32_t f_scale(halide_buffer_t *x, int32_t rows, halide_buffer_t *y);
    llvm.func @f_scale(%x: !llvm.ptr, %rows: i32, %y: !llvm.ptr) -> i32 attributes {target_cpu = "haswell"} { … }
    halide.extern %y by @f_scale(%x) : !halide.func<2, f32>, (!halide.func<2, f32>)
    ```
  }];
  let options = [
    Option<"target", "target", "std::string", "\"host\"",
           "The target, as --halide-schedule takes it">,
    Option<"prefix", "prefix", "std::string", "",
           "Stands with a '_' before all names of C functions; without one, "
           "they get the name of the first function">
  ];
  // Those of the passes that it runs, too.
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::cf::ControlFlowDialect",
                           "::mlir::affine::AffineDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

def ConvertLlamaHostToLLVM
    : Pass<"convert-llama-host-to-llvm", "::mlir::ModuleOp"> {
  let summary = "Turn host functions into C functions of the LLVM dialect";
  let description = [{
    Each public function of launches, with a memory plan and weights in places,
    becomes four functions of C:

    ```c
    int32_t NAME(const void *weights, void *arena, int64_t SIZE…,
                 const T *ARGUMENT…, T *RESULT…);
    int64_t NAME_arena_bytes(int64_t SIZE…);
    int32_t NAME_call(const void *weights, void *arena, const int64_t *sizes,
                      const llamir_array *arrays);
    int64_t NAME_arena_bytes_call(const int64_t *sizes);
    ```

    Sizes come in the order in which their names first appear in the arguments.
    Arrays are dense, the last dimension fastest, of any alignment, and do not
    overlap. Sizes, NULL and indices beyond `llama.index_limit` are checked
    before the first kernel runs, and by `NAME_call` the types of the arrays'
    elements; the functions return 0, or a code, and
    `llamir_last_error()` says more. `NAME_arena_bytes` returns -1 for bad sizes.

    ```mlir
    func.func @f(%x: tensor<?x8xf32> {llama.dims = ["tokens"]}) -> (tensor<?x8xf32> {llama.name = "y"}) { … }
    // becomes what C declares as
    // int32_t f(const void *weights, void *arena, int64_t tokens, const float *x, float *y);
    llvm.func @f(%weights: !llvm.ptr, %arena: !llvm.ptr, %tokens: i64, %x: !llvm.ptr, %y: !llvm.ptr) -> i32 { … }
    ```

    For a device target, weights and arena are memory of the device, and there
    are two more functions, whose arrays are, too:

    ```c
    int32_t NAME_on_device(const void *weights, void *arena, int64_t SIZE…,
                           const T *ARGUMENT…, T *RESULT…);
    int32_t NAME_on_device_call(const void *weights, void *arena,
                                const int64_t *sizes,
                                const llamir_array *arrays);
    ```

    `NAME_on_device` has the launches, and `NAME` copies arguments to the arena,
    calls it, and copies the results back. Indices are checked where they lie in
    the memory of the process.

    Kernels are called by their `_argv` entry through `llamir_rt_launch` of
    libllamir_rt.a. Private functions that are not kernels are erased: nothing
    can call them.

    Refused are functions without a memory plan (`--llama-plan-memory`) or with a
    wrong one, weights without a place (`--llama-layout-weights`), kernels that
    are no pipelines yet or whose buffers do not fit their launches, arguments
    and results that are no array of C (other elements than f32, f16, bf16 and
    i32, several dynamic sizes, an encoding), and two functions that would have
    one name in C.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"host\"",
           "The target, as --halide-schedule takes it">,
    Option<"prefix", "prefix", "std::string", "",
           "Stands with a '_' before all names of C functions; without one, "
           "kernels get the name of the first function">
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // LLAMIR_CONVERSION_HOSTTOLLVM_PASSES_TD
