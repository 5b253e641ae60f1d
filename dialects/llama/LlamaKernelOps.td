//===- LlamaKernelOps.td - Kernels and their launches ------*- tablegen -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LLAMA_KERNELOPS_TD
#define LLAMIR_LLAMA_KERNELOPS_TD

include "dialects/llama/LlamaOpBase.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/CallInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

def Llama_KernelOp : Llama_Op<"kernel",
    [Pure, IsolatedFromAbove, SingleBlockImplicitTerminator<"::llamir::llama::YieldOp">,
     RegionKindInterface]> {
  let summary = "Ops that become one generated kernel";
  let description = [{
    The body is the meaning: running it op by op gives what the kernel computes,
    each op's result rounded to its element type as the op says.
    The kernel has no other effect and reads nothing but its inputs. `name` is
    where the name of the generated function comes from; it need not be unique.

    - `kernel_c1`: the block's arguments have the types of the inputs, and the
      terminator's operands those of the results.
    - `kernel_c2`: the body holds ops that compute, and no other kernel.

    ```mlir
    %h, %n = llama.kernel "add_rms_norm" (%a = %x, %b = %y, %g = %w)
        : (tensor<?x64xf32>, tensor<?x64xf32>, tensor<64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
      %s = llama.add %a, %b : tensor<?x64xf32>
      %r = llama.rms_norm %s, %g {eps = 1.0e-5 : f64} : tensor<?x64xf32>, tensor<64xf32>
      llama.yield %s, %r : tensor<?x64xf32>, tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins StrAttr:$name, Variadic<AnyRankedTensor>:$inputs);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
  let extraClassDeclaration = [{
    static ::mlir::RegionKind getRegionKind(unsigned) { return ::mlir::RegionKind::SSACFG; }
    ::llamir::llama::YieldOp getYield();
  }];
}

def Llama_YieldOp : Llama_Op<"yield", [Pure, Terminator, ReturnLike, HasParent<"KernelOp">]> {
  let summary = "The results of a kernel";
  let description = [{
    Ends the body of a `llama.kernel` with what it gives: see `kernel_c1` there.
    A kernel without results may leave it out.

    ```mlir
    llama.yield %s, %r : tensor<?x64xf32>, tensor<?x64xf32>
    ```
  }];
  let arguments = (ins Variadic<AnyRankedTensor>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ::mlir::ValueRange()); }]>];
}

def Llama_LaunchOp : Llama_Op<"launch",
    [Pure, CallOpInterface, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "One run of a kernel";
  let description = [{
    What an outlined `llama.kernel` leaves behind: the results of the kernel
    function for these operands. Passes note on it the names of dynamic sizes
    (`llama.dims`) and the places of the results (`llama.storage`).

    - `launch_c1`: the symbol is a `func.func` with the attribute
      `llama.kernel`, or the `halide.pipeline` it became, and its type is that
      of the operands and results.

    ```mlir
    %h, %n = llama.launch @add_rms_norm(%x, %y, %w)
        : (tensor<?x64xf32>, tensor<?x64xf32>, tensor<64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>)
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<AnyRankedTensor>:$operands,
                       OptionalAttr<DictArrayAttr>:$arg_attrs,
                       OptionalAttr<DictArrayAttr>:$res_attrs);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $kernel `(` $operands `)` attr-dict `:` functional-type($operands, $results)
  }];
  let extraClassDeclaration = [{
    ::mlir::CallInterfaceCallable getCallableForCallee() { return getKernelAttr(); }
    void setCalleeFromCallable(::mlir::CallInterfaceCallable callee) {
      setKernelAttr(::llvm::cast<::mlir::FlatSymbolRefAttr>(
          ::llvm::cast<::mlir::SymbolRefAttr>(callee)));
    }
    ::mlir::Operation::operand_range getArgOperands() { return getOperands(); }
    ::mlir::MutableOperandRange getArgOperandsMutable() { return getOperandsMutable(); }
  }];
}

#endif // LLAMIR_LLAMA_KERNELOPS_TD
