//===- Pipelines.cpp - The compiler's stages ------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Pipelines.h"
#include "llamir/Conversion/HostToLLVM/Passes.h"
#include "llamir/Conversion/LlamaToHalide/Passes.h"
#include "llamir/Conversion/LlamaToNVVM/Passes.h"
#include "llamir/Schedule/Passes.h"
#include "llamir/Support/TargetInfo.h"
#include "llamir/Transforms/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace llamir;

void llamir::buildTypesPipeline(OpPassManager &pm, const TypeOptions &options) {
  LlamaConvertWeightsOptions convert;
  convert.saturate = options.saturate;
  // A weight that was converted is not converted again, so the first rule that
  // matches counts. The others are for those that none matches.
  std::string exceptions;
  for (const auto &[pattern, type] : options.rules) {
    convert.match = pattern;
    convert.to = type;
    pm.addPass(createLlamaConvertWeights(convert));
    exceptions += (exceptions.empty() ? "(" : "|(") + pattern + ")";
  }
  if (!options.weights.empty()) {
    convert.match.clear();
    convert.except = exceptions;
    convert.to = options.weights;
    pm.addPass(createLlamaConvertWeights(convert));
  }
  if (!options.activations.empty()) {
    LlamaConvertActivationsOptions activations;
    activations.to = options.activations;
    pm.addPass(createLlamaConvertActivations(activations));
  }
}

void llamir::buildFusionPipeline(OpPassManager &pm,
                                 const FusionOptions &options) {
  pm.addPass(createLlamaEraseLayouts());
  OpPassManager &functions = pm.nest<func::FuncOp>();
  functions.addPass(createLlamaExpandNorms());
  // What someone wrote twice is read by two ops only in appearance, and what
  // nobody reads stands in nobody's way.
  functions.addPass(createCanonicalizerPass());
  functions.addPass(createCSEPass());
  if (options.rotary)
    functions.addPass(createLlamaFuseRotary());
  if (options.gatedFFN)
    functions.addPass(createLlamaFuseGatedFFN());
  if (options.join)
    functions.addPass(createLlamaJoinProjections());
  if (options.norm) {
    // Which norms only a projection reads is known when projections are joined.
    LlamaFuseNormOptions norm;
    norm.leavePrologues = options.prologue && options.epilogue;
    functions.addPass(createLlamaFuseNorm(norm));
  }
  if (options.epilogue)
    functions.addPass(createLlamaFuseEpilogue());
  if (options.prologue)
    functions.addPass(createLlamaFusePrologue());
}

void llamir::buildKernelPipeline(OpPassManager &pm, StringRef target,
                                 FPMode fp) {
  pm.addNestedPass<func::FuncOp>(createLlamaFormKernels());
  if (fp == FPMode::Fast) {
    LlamaRelaxRoundingOptions relax;
    relax.target = target.str();
    pm.addPass(createLlamaRelaxRounding(relax));
  }
  LlamaPackWeightsOptions pack;
  pack.target = target.str();
  pm.addPass(createLlamaPackWeights(pack));
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createLlamaOutlineKernels());
  pm.addPass(createLlamaDedupKernels());
  LlamaExtractProductsOptions products;
  products.target = target.str();
  pm.addPass(createLlamaExtractProducts(products));
  // What stands around products is often the same.
  pm.addPass(createLlamaDedupKernels());
  pm.addPass(createLlamaAnnotateSizes());
}

void llamir::buildHalidePipeline(OpPassManager &pm, StringRef target) {
  ConvertLlamaToNVVMOptions tensor;
  tensor.target = target.str();
  pm.addPass(createConvertLlamaToNVVM(tensor));
  pm.addPass(createConvertLlamaToHalide());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void llamir::buildSchedulePipeline(OpPassManager &pm, StringRef target) {
  HalideScheduleOptions options;
  options.target = target.str();
  pm.addPass(createHalideSchedule(options));
}

void llamir::buildMemoryPipeline(OpPassManager &pm, StringRef target) {
  LlamaPlanMemoryOptions plan;
  // An unknown target is an error of the passes that are for one.
  llvm::Expected<TargetInfo> info = getTarget(target);
  if (info)
    plan.alignment = info->getArenaAlignment();
  else
    llvm::consumeError(info.takeError());
  pm.addNestedPass<func::FuncOp>(createLlamaPlanMemory(plan));
  pm.addPass(createLlamaLayoutWeights());
}

void llamir::buildHostPipeline(OpPassManager &pm, StringRef target,
                               StringRef prefix) {
  pm.addPass(createSerializeTensorKernels());
  ConvertHalideExternToLLVMOptions functions;
  functions.target = target.str();
  functions.prefix = prefix.str();
  pm.addPass(createConvertHalideExternToLLVM(functions));
  ConvertLlamaHostToLLVMOptions options;
  options.target = target.str();
  options.prefix = prefix.str();
  pm.addPass(createConvertLlamaHostToLLVM(options));
  pm.addPass(createCSEPass());
}

namespace {
struct TargetOptions : PassPipelineOptions<TargetOptions> {
  Option<std::string> target{*this, "target", llvm::cl::desc("The target"),
                             llvm::cl::init("host")};
};
struct HostOptions : TargetOptions {
  Option<std::string> prefix{
      *this, "prefix", llvm::cl::desc("Stands before names of C functions")};
};
struct KernelOptions : TargetOptions {
  Option<FPMode> fp{
      *this, "fp", llvm::cl::desc("What kernels round within"),
      llvm::cl::init(FPMode::Strict),
      llvm::cl::values(
          clEnumValN(FPMode::Strict, "strict", "what each of their ops rounds"),
          clEnumValN(FPMode::Fast, "fast", "what makes them faster"))};
};
} // namespace

void llamir::registerPipelines() {
  PassPipelineRegistration<>(
      "llamir-fuse", "Equal ops merged, then all fusions",
      [](OpPassManager &pm) { buildFusionPipeline(pm); });
  PassPipelineRegistration<KernelOptions>(
      "llamir-kernels", "Kernels, packed weights, one function for each kernel",
      [](OpPassManager &pm, const KernelOptions &options) {
        buildKernelPipeline(pm, options.target, options.fp);
      });
  PassPipelineRegistration<TargetOptions>(
      "llamir-halide", "Kernels as Halide pipelines, and for tensor cores",
      [](OpPassManager &pm, const TargetOptions &options) {
        buildHalidePipeline(pm, options.target);
      });
  PassPipelineRegistration<TargetOptions>(
      "llamir-schedule", "Schedules for a target",
      [](OpPassManager &pm, const TargetOptions &options) {
        buildSchedulePipeline(pm, options.target);
      });
  PassPipelineRegistration<TargetOptions>(
      "llamir-memory", "Places for results and weights",
      [](OpPassManager &pm, const TargetOptions &options) {
        buildMemoryPipeline(pm, options.target);
      });
  PassPipelineRegistration<HostOptions>(
      "llamir-host", "Host functions as C functions of the LLVM dialect",
      [](OpPassManager &pm, const HostOptions &options) {
        buildHostPipeline(pm, options.target, options.prefix);
      });
}
