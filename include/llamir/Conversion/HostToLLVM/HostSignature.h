//===- HostSignature.h - The C functions of a module ------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What --convert-llama-host-to-llvm makes of a host function @NAME:
//
//   int32_t NAME(const void *weights, void *arena, int64_t SIZE…,
//                const T *ARGUMENT…, T *RESULT…);
//   int64_t NAME_arena_bytes(int64_t SIZE…);
//   int32_t NAME_call(const void *weights, void *arena, const int64_t *sizes,
//                     const llamir_array *arrays);
//   int64_t NAME_arena_bytes_call(const int64_t *sizes);
//
// The last two are the first two for callers that do not know the function when
// they are compiled: sizes and arrays come in its order. NAME is the symbol,
// behind the prefix if there is one. A kernel @K is the C function PREFIX_K,
// which is for these functions only; without a prefix, that of the first
// function is taken.
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_CONVERSION_HOSTTOLLVM_HOSTSIGNATURE_H
#define LLAMIR_CONVERSION_HOSTTOLLVM_HOSTSIGNATURE_H

#include "llamir/Support/ElementType.h"
#include "llamir/Support/TargetInfo.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include <array>
#include <optional>
#include <string>
#include <vector>

namespace llamir {

/// An array that a host function reads or writes.
struct HostArray {
  /// The name users see: `llama.name`, else arg0, result0 and so on.
  std::string name;
  /// The name as an identifier of C, different from all other parameters.
  std::string identifier;
  mlir::RankedTensorType type;
  /// Names of the dynamic dimensions from the left.
  llvm::SmallVector<std::string> dims;
  /// All elements must be at least zero and less than this.
  std::optional<int64_t> indexLimit;
};

/// The C functions of a host function.
struct HostSignature {
  /// The symbol in the IR and the name of the C function.
  std::string symbol, name;
  /// Names of the sizes in the order in which they are passed, and the same as
  /// identifiers.
  llvm::SmallVector<std::string> sizes, sizeIdentifiers;
  std::vector<HostArray> arguments, results;
  /// Whether the function reads weights; otherwise they may be NULL.
  bool usesWeights = false;

  std::string getArenaFunction() const { return name + "_arena_bytes"; }
  std::string getCallFunction() const { return name + "_call"; }
  std::string getArenaCallFunction() const {
    return name + "_arena_bytes_call";
  }
  /// Takes arrays in the memory of a device, if there is one.
  std::string getDeviceFunction() const { return name + "_on_device"; }
  /// The same with its sizes and arrays in arrays.
  std::string getDeviceCallFunction() const { return name + "_on_device_call"; }
  /// All six.
  std::array<std::string, 6> getFunctions() const {
    return {name,
            getArenaFunction(),
            getCallFunction(),
            getArenaCallFunction(),
            getDeviceFunction(),
            getDeviceCallFunction()};
  }
};

/// All C functions of a module.
struct ModuleSignature {
  std::vector<HostSignature> functions;
  /// Before the symbols of kernels: "block_".
  std::string kernelPrefix;
  /// The llamir_device that kernels run on.
  int32_t device = 0;

  std::string getKernelName(llvm::StringRef symbol) const;
};

/// The llamir_type (llamir_runtime.h) of an array's elements.
int32_t getRuntimeType(ElementType type);

/// The llamir_device (llamir_runtime.h) that a target's kernels run on.
int32_t getRuntimeDevice(const TargetInfo &target);

/// A valid identifier of C and C++ that looks like `name`: other characters
/// become '_', and what has another meaning in a program gets a '_' at the end:
/// keywords, names of headers and libraries, and all that begins with llamir_
/// or halide_.
std::string getCIdentifier(llvm::StringRef name);

/// The signatures of the public host functions of a module, whose sizes must
/// have names (`--llama-annotate-sizes`). Fails with a message on sizes without
/// names, on an array that C cannot have, and when two symbols would get one C
/// name.
llvm::FailureOr<ModuleSignature>
getModuleSignature(mlir::ModuleOp module, llvm::StringRef prefix = "");

} // namespace llamir

#endif // LLAMIR_CONVERSION_HOSTTOLLVM_HOSTSIGNATURE_H
