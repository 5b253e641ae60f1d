//===- HalideSchedule.td - Schedules of the halide dialect -*- tablegen -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_HALIDE_SCHEDULE_TD
#define LLAMIR_HALIDE_SCHEDULE_TD

include "dialects/halide/HalideBase.td"

def Halide_ScheduleOp : Halide_Op<"schedule",
    [HasParent<"PipelineOp">, SingleBlock, NoTerminator]> {
  let summary = "How a pipeline is computed on one target";
  let description = [{
    Directives, applied in order. A directive works on the loops of a stage: the
    pure definition of a func, or one of its updates. `halide.loops` gives the
    loops; splitting or fusing loops gives new ones and ends the life of the old
    ones. A func without a compute directive is computed where it is used.

    What depends on the whole pipeline is left to libHalide, which refuses it
    when code is generated: a loop around a func that does not read what is
    computed there, or a vectorized loop without a constant extent, say.

    - `schedule_c1`: directives and expressions over extents only; no block
      arguments.
    - `schedule_c2`: a loop is that of a directive above, and is not used after
      it was split, fused or factored.
    - `schedule_c3`: the loops of one directive belong to one stage.
    - `schedule_c4`: a loop that is mapped to blocks, threads or lanes of a GPU
      runs in no other way, too.
    - `schedule_c5`: a reduction loop is mapped to them where `halide.atomic`
      allows it, above. (An update that computes its indices may write to other
      values in each step: libHalide decides.)

    ```mlir
    halide.schedule for "x86-64-avx2" {
      %i, %t = halide.loops %y : !halide.func<2, f32>
      %o, %v = halide.split %i by 8 tail guard_with_if
      halide.vectorize %v
      halide.parallel %t
    }
    ```
  }];
  let arguments = (ins StrAttr:$target);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "`for` $target attr-dict-with-keyword $body";
  let hasRegionVerifier = 1;
}

def Halide_DirectiveTrait : NativeOpTrait<"Directive"> {
  let cppNamespace = "::llamir::halide";
}

class Halide_Directive<string mnemonic, list<Trait> traits = []>
    : Halide_Op<mnemonic, [Halide_DirectiveTrait,
                           ParentOneOf<["ScheduleOp", "SpecializeOp"]>] # traits>;

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

def Halide_LoopsOp : Halide_Directive<"loops",
    [DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "The loops of a stage";
  let description = [{
    Of the pure definition, or with `update` of that update: the func's indices,
    and then the reduction variables, innermost first. In a `halide.specialize`
    of the stage, the loops of the specialized stage. The number of reduction
    variables is written behind the type, `+ 1`. Pure loops lie around those of
    the reduction.

    - `loops_c1`: the func has that update; one result for each loop. After
      `halide.rfactor` an update has the reduction loop that was factored, and
      that of the partial results has the others.

    ```mlir
    %t = halide.loops %sum : !halide.func<1, f32>
    %t2, %k = halide.loops %sum update 0 : !halide.func<1, f32> + 1
    ```
  }];
  let arguments = (ins Halide_FuncType:$func, OptionalAttr<Halide_Ordinal>:$update);
  let results = (outs Variadic<Halide_VarType>:$loops);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Halide_SplitOp : Halide_Directive<"split",
    [AllTypesMatch<["loop", "outer", "inner"]>, DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "Splits a loop in an outer and an inner one of `factor` steps";
  let description = [{
    The factor is a positive constant, or an index computed from extents. `tail`
    says what happens where it does not divide the extent:

    - `auto`: libHalide chooses;
    - `round_up`: the extent is rounded up to a multiple of the factor; that of
      an output must be one;
    - `guard_with_if`: the last steps are below a condition;
    - `predicate`: loads and stores are masked; `predicate_loads` and
      `predicate_stores` mask one of them and round up for the other;
    - `shift_inwards`: the last steps compute some values again.

    libHalide refuses what would be wrong: to compute a value of an update
    twice, say. The loops get the names of `names`, or the loop's with `o` and `i`
    behind; stages that are computed at a loop find it by name, so a specialized
    stage must give its loops the same names as the general one.

    - `split_c1`: exactly one of a constant and a computed factor; two names or
      none.

    ```mlir
    %to, %ti = halide.split %t by 6 tail guard_with_if names ["to", "ti"]
    %block, %row = halide.split %t by (%rows)
    ```
  }];
  let arguments = (ins Halide_VarType:$loop, Optional<Index>:$computedFactor,
                       OptionalAttr<Halide_Positive>:$factor,
                       DefaultValuedAttr<Halide_TailStrategy, "::llamir::halide::TailStrategy::Auto">:$tail,
                       OptionalAttr<Halide_Names>:$names);
  let results = (outs Halide_VarType:$outer, Halide_VarType:$inner);
  let assemblyFormat = [{
    $loop `by` (`(` $computedFactor^ `)`)? ($factor^)? (`tail` $tail^)? (`names` $names^)? attr-dict
  }];
  let hasVerifier = 1;
}

def Halide_FuseOp : Halide_Directive<"fuse", [AllTypesMatch<["inner", "outer", "fused"]>]> {
  let summary = "Joins two nested loops in one";
  let description = [{
    The loops must be neighbours, `inner` within `outer`, when the stage is
    complete. The result has the name given, or those of both loops joined.

    ```mlir
    %task = halide.fuse %head, %tile name "task"
    ```
  }];
  let arguments = (ins Halide_VarType:$inner, Halide_VarType:$outer, OptionalAttr<Halide_Name>:$name);
  let results = (outs Halide_VarType:$fused);
  let assemblyFormat = "$inner `,` $outer (`name` $name^)? attr-dict";
}

def Halide_ReorderOp : Halide_Directive<"reorder"> {
  let summary = "Sets the order of loops, the innermost first";
  let description = [{
    Loops that are not named keep their places. libHalide refuses an order of
    reduction loops that could change the result.

    ```mlir
    halide.reorder %v, %k, %t
    ```
  }];
  let arguments = (ins Variadic<Halide_VarType>:$loops);
  let assemblyFormat = "$loops attr-dict";
}

class Halide_LoopDirective<string mnemonic> : Halide_Directive<mnemonic> {
  let arguments = (ins Halide_VarType:$loop);
  let assemblyFormat = "$loop attr-dict";
}
def Halide_VectorizeOp : Halide_LoopDirective<"vectorize"> {
  let summary = "Runs a loop of constant extent as one vector";
  let description = [{
    A loop of another length is split first. A reduction loop can be vectorized
    where `halide.atomic` allows it.

    ```mlir
    %o, %v = halide.split %i by 8
    halide.vectorize %v
    ```
  }];
}
def Halide_UnrollOp : Halide_LoopDirective<"unroll"> {
  let summary = "Unrolls a loop of constant extent";
  let description = [{
    ```mlir
    %o, %u = halide.split %i by 4
    halide.unroll %u
    ```
  }];
}
def Halide_ParallelOp : Halide_LoopDirective<"parallel"> {
  let summary = "Runs the steps of a loop as tasks of a thread pool";
  let description = [{
    A reduction loop is not parallel unless `halide.atomic` allows it.

    Vectors that its steps store to the func of the loop go `past_caches` if the
    schedule says so, where they begin at multiples of their size, and
    prefetches in it are for the first-level cache: for results that are larger
    than the caches, a store through which reads what it overwrites.

    ```mlir
    halide.parallel %t
    halide.parallel %t past_caches
    ```
  }];
  let arguments = (ins Halide_VarType:$loop, UnitAttr:$past_caches);
  let assemblyFormat = "$loop (`past_caches` $past_caches^)? attr-dict";
}
def Halide_SerialOp : Halide_LoopDirective<"serial"> {
  let summary = "Runs a loop step after step";
  let description = [{
    What loops do without a directive. In a `halide.specialize` it undoes what
    was said of the general stage.

    ```mlir
    halide.serial %t
    ```
  }];
}
def Halide_GPUBlocksOp : Halide_LoopDirective<"gpu_blocks"> {
  let summary = "Maps a loop to the blocks of a GPU grid";
  let description = [{
    What lies in the innermost one becomes a kernel of the device. Refused for a
    target that is no device. Of the final loops of a stage, and of each of its
    versions by itself:

    - `gpu_blocks_c1`: at most three are loops of blocks.
    - `gpu_blocks_c2`: none of them lies inside one of threads or lanes.
    - `gpu_blocks_c3`: no other loop lies between them.
    - `gpu_blocks_c4`: the func is not computed in blocks of another.

    ```mlir
    halide.gpu_blocks %t
    ```
  }];
}
def Halide_GPUThreadsOp : Halide_LoopDirective<"gpu_threads"> {
  let summary = "Maps a loop to the threads of a GPU block";
  let description = [{
    A block has as many threads as its largest stage, and those that a stage
    does not need wait. Refused for a target that is no device, and where the
    threads of a stage are known to be more than the device has in a block.

    - `gpu_threads_c1`: at most three loops of a stage are of threads or lanes.
    - `gpu_threads_c2`: none of threads lies inside one of lanes.
    - `gpu_threads_c3`: the stage has blocks, or its func is computed in those
      of another.
    - `gpu_threads_c4`: the func is not computed inside of threads or lanes of
      another: libHalide lets no thread wait there.

    ```mlir
    halide.gpu_threads %i
    ```
  }];
}
def Halide_GPULanesOp : Halide_LoopDirective<"gpu_lanes"> {
  let summary = "Maps a loop to the lanes of a warp";
  let description = [{
    Lanes read what others have computed from their registers. Refused for a
    target whose interface has no lanes: OpenCL and Vulkan.

    - `gpu_lanes_c1`: at most one loop of a stage is of lanes.
    - `gpu_lanes_c2`: its extent is known, from a split by a constant or a bound,
      and at most 32.
    - `gpu_lanes_c3`: the stage has blocks, or its func is computed in those of
      another.
    - `gpu_lanes_c4`: the func is not computed inside of lanes of another.

    ```mlir
    halide.gpu_lanes %lane
    ```
  }];
}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

def Halide_ComputeAtOp : Halide_Directive<"compute_at"> {
  let summary = "Computes a func for each step of a loop of another";
  let description = [{
    What that step needs of the func, and no more. libHalide refuses the loop of
    a func that does not read it.

    - `compute_at_c1`: the loop is not one of blocks with another inside it.

    ```mlir
    halide.compute_at %prod, %io : !halide.func<3, f32>
    ```
  }];
  let arguments = (ins Halide_FuncType:$func, Halide_VarType:$loop);
  let assemblyFormat = "$func `,` $loop attr-dict `:` type($func)";
}
def Halide_StoreAtOp : Halide_Directive<"store_at"> {
  let summary = "Keeps a func's values for each step of a loop of another";
  let description = [{
    A loop around that of `halide.compute_at`, so that values computed in one
    step are there in the next.

    - `store_at_c1`: the loop is not one of blocks with another inside it.

    ```mlir
    halide.store_at %prod, %to : !halide.func<3, f32>
    halide.compute_at %prod, %io : !halide.func<3, f32>
    ```
  }];
  let arguments = (ins Halide_FuncType:$func, Halide_VarType:$loop);
  let assemblyFormat = "$func `,` $loop attr-dict `:` type($func)";
}
def Halide_InOp : Halide_Directive<"in",
    [DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "A func that holds a copy for those who read a func or a buffer";
  let description = [{
    Whoever read the func or the argument, or one of them, reads the new func,
    which has its indices and is computed at a place of its own: in the memory
    of a block, say, where what it copies stays in registers.

    - `in_c1`: the result has the indices and values of what is copied; a buffer
      is an argument of the pipeline.

    ```mlir
    %copy = halide.in %partial : !halide.func<4, f32> -> !halide.func<4, f32>
    %row = halide.in %w for %partial : !halide.func<4, f32> : !halide.buffer<8x64xbf16> -> !halide.func<2, bf16>
    ```

    Source: `Func::in` of Halide.
  }];
  let arguments = (ins AnyTypeOf<[Halide_FuncType, Halide_BufferType]>:$source,
                       Optional<Halide_FuncType>:$reader);
  let results = (outs Halide_FuncType:$copy);
  let assemblyFormat = [{
    $source (`for` $reader^ `:` type($reader))? attr-dict `:` type($source) `->` type($copy)
  }];
  let hasVerifier = 1;
}
def Halide_ComputeRootOp : Halide_Directive<"compute_root"> {
  let summary = "Computes a func once, before whoever reads it";
  let description = [{
    ```mlir
    halide.compute_root %prod : !halide.func<3, f32>
    ```
  }];
  let arguments = (ins Halide_FuncType:$func);
  let assemblyFormat = "$func attr-dict `:` type($func)";
}
def Halide_StoreInOp : Halide_Directive<"store_in"> {
  let summary = "Says what memory holds a func's values";
  let description = [{
    `auto` leaves it to libHalide, `heap` and `stack` are the processor's memory,
    `register` is for few values whose indices are constants once loops are
    unrolled. The threads of a block share `gpu_shared`; it is refused for a
    target that is no device, and where blocks are known to need more of it than
    the device has.

    - `store_in_c1`: a func in registers is computed at a loop.
    - `store_in_c2`: a func in `gpu_shared` is computed and stored at a loop of
      blocks, or at one inside of them.

    ```mlir
    halide.store_in %prod, stack : !halide.func<3, f32>
    ```
  }];
  let arguments = (ins Halide_FuncType:$func, Halide_MemoryType:$memory);
  let assemblyFormat = "$func `,` $memory attr-dict `:` type($func)";
}

//===----------------------------------------------------------------------===//
// Ranges and storage
//===----------------------------------------------------------------------===//

def Halide_BoundOp : Halide_Directive<"bound"> {
  let summary = "Promises the range of an index of a func";
  let description = [{
    The index runs from `min` over `extent` values, which is positive. A kernel
    that is called for more returns an error.

    - `bound_c1`: the func has the dimension.

    ```mlir
    halide.bound %y dim 0 from 0 extent 64 : !halide.func<2, f32>
    ```
  }];
  let arguments = (ins Halide_FuncType:$func, Halide_Ordinal:$dim, I32Attr:$min, Halide_Positive:$extent);
  let assemblyFormat = "$func `dim` $dim `from` $min `extent` $extent attr-dict `:` type($func)";
  let hasVerifier = 1;
}
def Halide_BoundExtentOp : Halide_Directive<"bound_extent"> {
  let summary = "Sets how many values of an index of a func are computed";
  let description = [{
    From wherever the first one that is needed lies; the extent is positive.

    - `bound_extent_c1`: the func has the dimension.

    ```mlir
    halide.bound_extent %prod dim 0 extent 16 : !halide.func<3, f32>
    ```
  }];
  let arguments = (ins Halide_FuncType:$func, Halide_Ordinal:$dim, Halide_Positive:$extent);
  let assemblyFormat = "$func `dim` $dim `extent` $extent attr-dict `:` type($func)";
  let hasVerifier = 1;
}
def Halide_SetHostAlignmentOp : Halide_Directive<"set_host_alignment"> {
  let summary = "Promises where an argument begins";
  let description = [{
    At a multiple of so many bytes, a power of two, so that vectors of it can be
    read at once. A kernel that is called for memory of the processor that lies
    elsewhere returns an error; of a device's memory it cannot tell.

    - `set_host_alignment_c1`: the buffer is an argument of the pipeline, and the
      number a power of two.

    ```mlir
    halide.set_host_alignment %w to 16 : !halide.buffer<8x64xbf16>
    ```
  }];
  let arguments = (ins Halide_BufferType:$buffer, Halide_Positive:$bytes);
  let assemblyFormat = "$buffer `to` $bytes attr-dict `:` type($buffer)";
  let hasVerifier = 1;
}
def Halide_SetStrideOp : Halide_Directive<"set_stride"> {
  let summary = "Promises how far apart elements of an argument lie";
  let description = [{
    Neighbours along the outermost dimension, as a number of elements: those of
    the others lie as close as they can. A kernel that is called for another
    distance returns an error.

    - `set_stride_c1`: the buffer is an argument of the pipeline, with more than
      one dimension.

    ```mlir
    halide.set_stride %w to 64 : !halide.buffer<8x8x64xbf16>
    ```
  }];
  let arguments = (ins Halide_BufferType:$buffer, Halide_Positive:$stride);
  let assemblyFormat = "$buffer `to` $stride attr-dict `:` type($buffer)";
  let hasVerifier = 1;
}
def Halide_AlignStorageOp : Halide_Directive<"align_storage"> {
  let summary = "Rounds the storage of a dimension of a func up";
  let description = [{
    To a multiple of the alignment, which is positive and counts values. Not for
    what the pipeline writes to its outputs.

    - `align_storage_c1`: the func has the dimension.

    ```mlir
    halide.align_storage %prod dim 0 to 16 : !halide.func<3, f32>
    ```
  }];
  let arguments = (ins Halide_FuncType:$func, Halide_Ordinal:$dim, Halide_Positive:$alignment);
  let assemblyFormat = "$func `dim` $dim `to` $alignment attr-dict `:` type($func)";
  let hasVerifier = 1;
}
def Halide_ReorderStorageOp : Halide_Directive<"reorder_storage"> {
  let summary = "Says which dimensions of a func lie closest in memory";
  let description = [{
    `order` names the dimensions by number, the closest first. Without it they
    lie in the order of the func's indices.

    - `reorder_storage_c1`: the order names each dimension once.

    ```mlir
    halide.reorder_storage %prod to [0, 2, 1] : !halide.func<3, f32>
    ```
  }];
  let arguments = (ins Halide_FuncType:$func, DenseI64ArrayAttr:$order);
  let assemblyFormat = "$func `to` $order attr-dict `:` type($func)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Stages
//===----------------------------------------------------------------------===//

def Halide_NeverPartitionOp : Halide_Directive<"never_partition"> {
  let summary = "Makes one version of each loop of a stage";
  let description = [{
    Otherwise libHalide may copy a loop for its first and last steps, so that
    conditions which hold in the middle are gone there. Without copies the code
    is smaller and compiled faster; what they cost depends on the conditions.

    - `never_partition_c1`: the func has that update.

    ```mlir
    halide.never_partition %prod update 0 : !halide.func<3, f32>
    ```
  }];
  let arguments = (ins Halide_FuncType:$func, OptionalAttr<Halide_Ordinal>:$update);
  let assemblyFormat = "$func (`update` $update^)? attr-dict `:` type($func)";
  let hasVerifier = 1;
}
def Halide_AtomicOp : Halide_Directive<"atomic"> {
  let summary = "Lets an update be vectorized or run in parallel over its reduction";
  let description = [{
    libHalide refuses an update whose value does not come from one associative
    operation.

    - `atomic_c1`: the func has that update.

    ```mlir
    halide.atomic %sum update 0 : !halide.func<1, f32>
    ```
  }];
  let arguments = (ins Halide_FuncType:$func, Halide_Ordinal:$update);
  let assemblyFormat = "$func `update` $update attr-dict `:` type($func)";
  let hasVerifier = 1;
}
def Halide_RFactorOp : Halide_Directive<"rfactor",
    [DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "Makes partial reductions, one for each step of a reduction loop";
  let description = [{
    The result is a new func that has, beside the indices of the reduced func,
    one for the loop, outermost; its update 0 does the work of the other
    reduction loops, and the update the loop belongs to adds the partial results
    up. Directives on the update come after, through `halide.loops` again: the
    loops that it had are gone.

    - `rfactor_c1`: the result has one index more than the func of the loop and
      the same value types.
    - `rfactor_c2`: the loop is a reduction loop.

    ```mlir
    %t, %k = halide.loops %sum update 0 : !halide.func<1, f32> + 1
    %ko, %ki = halide.split %k by 8
    %partial = halide.rfactor %ki as "lane" : !halide.func<2, f32>
    ```
  }];
  let arguments = (ins Halide_VarType:$loop, Halide_Name:$var);
  let results = (outs Halide_FuncType:$partial);
  let assemblyFormat = "$loop `as` $var attr-dict `:` type($partial)";
}
def Halide_PrefetchOp : Halide_Directive<"prefetch"> {
  let summary = "Prefetches what a stage reads of a buffer some steps ahead";
  let description = [{
    At each step of the loop `at`, what the step of `from` that comes `offset`
    later reads; `from` is the same loop or one around it. Where that lies past
    the loop's end, nothing is prefetched (`guard_with_if`, the default), as far
    as the buffer goes (`clamp`), or without a test (`non_faulting`): an x86
    prefetch of an address that is no memory does nothing.

    - `prefetch_c1`: the buffer is an argument of the pipeline.

    ```mlir
    halide.prefetch %w at %k from %k offset 4 : !halide.buffer<64x?xf32>
    halide.prefetch %w at %k from %k offset 4 bound non_faulting : !halide.buffer<64x?xf32>
    ```
  }];
  let arguments = (ins Halide_BufferType:$buffer, Halide_VarType:$at, Halide_VarType:$from, I32Attr:$offset,
                       DefaultValuedAttr<Halide_PrefetchBound, "::llamir::halide::PrefetchBound::GuardWithIf">:$bound);
  let assemblyFormat = [{
    $buffer `at` $at `from` $from `offset` $offset (`bound` $bound^)? attr-dict `:` type($buffer)
  }];
  let hasVerifier = 1;
}
def Halide_ExternOp : Halide_Directive<"extern",
    [HasParent<"ScheduleOp">, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Has a function compute a func instead of its definition";
  let description = [{
    The definition stays what the func means; the function of the module is one
    that computes the same, with instructions that no schedule reaches. It is
    called for a range of rows, the outermost dimension, and rows of `func` need
    the same rows of the funcs among `inputs`. The number of rows is rounded up
    to a multiple of `rows`; the funcs that are read must have those past the
    last, too.

    The function has the attribute `halide.extern`, the target of the schedule,
    no results, and these arguments. All memrefs have the outermost
    dimension first and strides that are known when it runs, but for 1 of the
    innermost: `strided<[?, …, 1]>`.

    1. For each input a memref: of a buffer with its extents, from 0 on; of a
       func with the rows of the call, `?`, and static extents of the inner
       dimensions, from 0 on, which say how much of it is needed.
    2. For each of `constants` an index.
    3. A memref for what is to be computed of `func`, with all extents `?`.
    4. For each dimension but the outermost the least index that is to be
       computed, an index, the outermost first.

    Besides `extern`, a schedule says of the func where it is computed and how
    it is stored; it has no loops. Funcs that it reads are computed before, not
    inline. The compiler makes a call of it by `--convert-halide-extern-to-llvm`.

    - `extern_c1`: the func and those among the inputs have one value and a
      dimension at least; buffers are arguments of the pipeline.
    - `extern_c2`: the function is one as above.
    - `extern_c3`: inputs that are funcs are defined before the func, which has a
      definition in the pipeline.
    - `extern_c4`: no other directive of the schedule has to do with the loops
      of the func.
    - `extern_c5`: the innermost dimension of the func, and of funcs that are
      read, stays the closest in memory.
    - `extern_c6`: for an output of the pipeline, `rows` is 1: its buffer has the
      rows that it has.

    ```mlir
    halide.compute_at %product, %task : !halide.func<3, f32>
    halide.extern %product by @multiply(%rows, %panels) constants [8] rows 16
      : !halide.func<3, f32>, (!halide.func<2, bf16>, !halide.buffer<2x64x2048x172xbf16>)
    ```

    Source: `Func::define_extern` of Halide.
  }];
  let arguments = (ins Halide_FuncType:$func, FlatSymbolRefAttr:$callee,
                       Variadic<AnyTypeOf<[Halide_FuncType, Halide_BufferType]>>:$inputs,
                       DefaultValuedAttr<DenseI32ArrayAttr, "{}">:$constants,
                       DefaultValuedAttr<Halide_Positive, "1">:$rows);
  let assemblyFormat = [{
    $func `by` $callee `(` $inputs `)` (`constants` $constants^)? (`rows` $rows^)? attr-dict
    `:` type($func) `,` `(` type($inputs) `)`
  }];
  let hasVerifier = 1;
}
def Halide_SpecializeOp : Halide_Directive<"specialize", [SingleBlock, NoTerminator]> {
  let summary = "A copy of a stage, scheduled for when a condition holds";
  let description = [{
    The condition is computed from extents and scalars before the pipeline runs.
    The stage must not be split before: `halide.loops` in the region gives the
    loops of the copy.

    - `specialize_c1`: the func has that update.

    ```mlir
    %one = arith.cmpi eq, %tokens, %c1 : index
    halide.specialize %y if %one : !halide.func<2, f32> {
      %i, %t = halide.loops %y : !halide.func<2, f32>
      halide.vectorize %i
    }
    ```
  }];
  let arguments = (ins Halide_FuncType:$func, I1:$condition, OptionalAttr<Halide_Ordinal>:$update);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $func (`update` $update^)? `if` $condition attr-dict-with-keyword `:` type($func) $body
  }];
  let hasVerifier = 1;
}

#endif // LLAMIR_HALIDE_SCHEDULE_TD
