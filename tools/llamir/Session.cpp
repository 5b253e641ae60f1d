//===- Session.cpp - A model on its way through the compiler --------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Session.h"
#include "llamir/Conversion/HostToLLVM/Passes.h"
#include "llamir/InitAll.h"
#include "llamir/Support/IRText.h"
#include "llamir/Support/LibraryPages.h"
#include "llamir/Target/HostCodegen.h"
#include "llamir/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace llamir;

ArrayRef<NamedFusion> llamir::getFusions() {
  static constexpr NamedFusion fusions[] = {
      {"norm", &FusionOptions::norm},
      {"rotary", &FusionOptions::rotary},
      {"gated-ffn", &FusionOptions::gatedFFN},
      {"join", &FusionOptions::join},
      {"epilogue", &FusionOptions::epilogue},
      {"prologue", &FusionOptions::prologue}};
  return fusions;
}

Session::Session(DriverOptions options) : options(std::move(options)) {
  // The constructors of the libraries have touched many of their pages.
  dropLibraryPages();
  DialectRegistry registry;
  registerAllDialects(registry);
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();
  handleDiagnostics(context, remarks);
}

//===----------------------------------------------------------------------===//
// Input
//===----------------------------------------------------------------------===//

LogicalResult Session::findTarget() {
  llvm::Expected<TargetInfo> found = getTarget(options.target);
  if (!found)
    return fail(found.takeError());
  target = *found;
  return success();
}

LogicalResult Session::loadText(StringRef text, StringRef name) {
  inputName = name.str();
  if (failed(findTarget()))
    return failure();
  module = parseSourceString<ModuleOp>(text, &context, name);
  return success(bool(module));
}

LogicalResult Session::load(StringRef input) {
  if (failed(findTarget()))
    return failure();
  if (!options.shape.empty())
    return loadShape(input);
  if (input.empty())
    return fail("there is no input; give IR, a model's folder or --shape");
  if (options.layers || options.whole)
    return fail(Twine(options.layers ? "--layers=N" : "--whole") +
                " is for --shape");
  inputName = input == "-" ? "standard input" : input.str();
  return llvm::sys::fs::is_directory(input) ? loadFolder(input) : loadIR(input);
}

/// Fails for options that would have no effect without a folder; `hint` is what
/// there is in place of a block.
LogicalResult Session::checkNoFolder(StringRef hint) {
  if (options.import.block)
    return fail("--block=N is for a model's folder" + hint);
  if (options.import.strict)
    return fail("--strict is for a model's folder");
  if (!options.import.ignoredKeys.empty())
    return fail("--ignore-config=KEY is for a model's folder");
  return success();
}

LogicalResult Session::loadShape(StringRef input) {
  if (!input.empty())
    return fail("there are two inputs, " + input +
                " and --shape=" + options.shape);
  if (failed(checkNoFolder("; --shape has --layers=N")))
    return failure();
  inputName = "--shape=" + options.shape;
  if (options.whole && options.layers)
    return fail("--whole has all layers of the shape, --layers=N some; give "
                "one of them");
  auto built = options.whole
                   ? buildRandomModel(options.shape, context)
                   : buildRandomBlock(options.shape, options.layers.value_or(1),
                                      context);
  if (!built)
    return fail(built.takeError());
  module = std::move(*built);
  return success();
}

LogicalResult Session::loadFolder(StringRef path) {
  auto imported = importHuggingFace(path, options.import, context);
  if (!imported)
    return fail(imported.takeError());
  module = std::move(*imported);
  return success();
}

LogicalResult Session::loadIR(StringRef path) {
  if (failed(checkNoFolder()))
    return failure();
  if (path != "-" && !llvm::sys::fs::exists(path))
    return fail(path + ": no such file or folder");
  auto buffer = readIRText(path);
  if (!buffer)
    return fail(buffer.takeError());
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  module = parseSourceFile<ModuleOp>(sources, &context);
  folder = path == "-" ? "" : llvm::sys::path::parent_path(path).str();
  return success(bool(module));
}

FailureOr<func::FuncOp> Session::getFunction(StringRef name) {
  func::FuncOp found;
  for (auto function : module->getOps<func::FuncOp>()) {
    if (function.isPrivate() || !llama::isHostFunction(function))
      continue;
    if (!name.empty() && function.getName() != name)
      continue;
    if (found)
      return fail(inputName +
                  ": there are several functions; choose one with --function");
    found = function;
  }
  if (!found)
    return fail(name.empty()
                    ? inputName + ": there is no public function"
                    : inputName + ": there is no function '" + name + "'");
  return found;
}

LogicalResult Session::selectFunction(StringRef name) {
  if (name.empty())
    return success();
  FailureOr<func::FuncOp> selected = getFunction(name);
  if (failed(selected))
    return failure();
  for (auto function :
       llvm::make_early_inc_range(module->getOps<func::FuncOp>()))
    if (llama::isHostFunction(function) && function != *selected &&
        SymbolTable::symbolKnownUseEmpty(function, *module))
      function.erase();
  return success();
}

/// IR that is printed after its kernels have become pipelines brings them along
/// in a module of this name, so that what is made of it can still be checked.
static constexpr StringLiteral kernelsName = "llama.kernels";

LogicalResult Session::takeKernels() {
  auto nested = module->lookupSymbol<ModuleOp>(kernelsName);
  if (!nested)
    return success();
  nested->remove();
  kernels = nested;
  for (auto function : module->getOps<func::FuncOp>())
    for (auto launch : function.getOps<llama::LaunchOp>()) {
      auto kernel = kernels->lookupSymbol<func::FuncOp>(launch.getKernel());
      if (!kernel || kernel.isExternal() ||
          launch.getOperandTypes() != kernel.getArgumentTypes() ||
          launch.getResultTypes() != kernel.getResultTypes())
        return launch.emitOpError("needs a function '")
               << launch.getKernel() << "' of its types in the module '"
               << kernelsName << "'";
    }
  return success();
}

//===----------------------------------------------------------------------===//
// Stages
//===----------------------------------------------------------------------===//

static constexpr StringLiteral stages[] = {"import",  "types",  "fusion",
                                           "kernels", "halide", "schedule",
                                           "memory",  "host"};

/// Those that IR with pipelines has behind it.
static constexpr size_t stagesToPipelines = 5;

ArrayRef<StringLiteral> llamir::getStages() { return stages; }

void Session::buildStage(StringRef stage, OpPassManager &pm) {
  if (stage == "types") {
    buildTypesPipeline(pm, options.types);
  } else if (stage == "fusion") {
    buildFusionPipeline(pm, options.fusion);
    if (options.cacheArguments)
      pm.addPass(createLlamaCacheArguments());
  } else if (stage == "kernels") {
    buildKernelPipeline(pm, target.name, options.fp);
    if (options.isolateKernels) {
      pm.addPass(createLlamaIsolateKernels());
      pm.addPass(createLlamaAnnotateSizes());
    }
  } else if (stage == "halide") {
    buildHalidePipeline(pm, target.name);
  } else if (stage == "schedule") {
    buildSchedulePipeline(pm, target.name);
  } else if (stage == "memory") {
    buildMemoryPipeline(pm, target.name);
  } else if (stage == "host") {
    buildHostPipeline(pm, target.name, options.name);
  }
}

/// The functions of a module that it launches, without the others.
static OwningOpRef<ModuleOp> copyKernels(ModuleOp module) {
  OwningOpRef<ModuleOp> copy = ModuleOp::create(module.getLoc());
  for (auto function : module.getOps<func::FuncOp>())
    for (auto launch : function.getOps<llama::LaunchOp>())
      if (!copy->lookupSymbol(launch.getKernel()))
        copy->push_back(module.lookupSymbol(launch.getKernel())->clone());
  return copy;
}

LogicalResult Session::runStage(StringRef stage) {
  // The last one leaves no launches for those who look at them later.
  if (stage == "host") {
    FailureOr<ModuleSignature> found =
        getModuleSignature(*module, options.name);
    if (failed(found))
      return failure();
    signature = std::move(*found);
    signature.device = getRuntimeDevice(target);
    host = OwningOpRef<ModuleOp>(module->clone());
  }
  PassManager pm(&context);
  buildStage(stage, pm);
  if (failed(pm.run(stage == "host" ? *host : *module)))
    return failure();
  if (stage == "kernels")
    kernels = copyKernels(*module);
  return success();
}

LogicalResult Session::checkPassed(ArrayRef<StringLiteral> passed,
                                   StringRef last) {
  if (llvm::is_contained(passed, last))
    return fail(inputName + ": the IR is past the stage '" + last +
                "' already");
  for (const NamedFusion &named : getFusions())
    if (!passed.empty() && !(options.fusion.*named.flag))
      return fail(inputName +
                  ": the kernels of the IR are formed already; leaving out the "
                  "fusion '" +
                  named.name + "' comes too late");
  if (!passed.empty() && options.types.any())
    return fail(inputName + ": the kernels of the IR are formed already; other "
                            "element types come too late");
  bool hasKernels =
      module->walk([](llama::LaunchOp) { return WalkResult::interrupt(); })
          .wasInterrupted();
  if (!passed.empty() && options.isolateKernels)
    return fail(inputName + ": the kernels of the IR are formed already; "
                            "--isolate comes too late");
  if (hasKernels && options.fp == FPMode::Fast)
    return fail(inputName + ": the kernels of the IR are formed already; "
                            "--fp=fast comes too late");
  return success();
}

LogicalResult Session::runStages(StringRef last) {
  if (!module->getOps<LLVM::LLVMFuncOp>().empty())
    return fail(inputName + ": the IR has host functions in the LLVM dialect, "
                            "as after the stage host; give that of an earlier "
                            "stage");
  // IR that has schedules already, printed after that stage and edited perhaps,
  // goes on from there.
  ArrayRef passed = ArrayRef(stages).take_front(
      module->getOps<halide::PipelineOp>().empty() ? 0 : stagesToPipelines);
  if (failed(takeKernels()) || failed(checkPassed(passed, last)))
    return failure();
  for (StringRef stage : ArrayRef(stages).drop_front(passed.size())) {
    if (failed(runStage(stage)))
      return failure();
    if (stage == last)
      break;
  }
  return success();
}

LogicalResult Session::printAfter(StringRef stage, llvm::raw_ostream &os) {
  if (failed(runStages(stage)))
    return failure();
  ModuleOp printed = stage == "host" ? *host : *module;
  if (kernels && !printed.getOps<halide::PipelineOp>().empty()) {
    ModuleOp nested = kernels->clone();
    nested.setName(kernelsName);
    printed.push_back(nested);
  }
  printed.print(os);
  return success();
}

//===----------------------------------------------------------------------===//
// Code
//===----------------------------------------------------------------------===//

LogicalResult Session::generateCode(ArrayRef<KernelOutput> outputs) {
  SmallVector<halide::PipelineOp> pipelines(
      module->getOps<halide::PipelineOp>());
  Progress progress("compiling kernels", pipelines.size(), ProgressUnit::Items);
  if (failed(compilePipelines(pipelines, target, outputs, code,
                              signature.kernelPrefix,
                              [&](size_t) { progress.advance(1); })))
    return failure();
  progress.clear();
  if (failed(compileTensorKernels(*host, target, outputs, code,
                                  signature.kernelPrefix)))
    return failure();
  FailureOr<KernelCode> compiled = compileHost(*host, getName(), outputs);
  if (failed(compiled))
    return failure();
  code.push_back(std::move(*compiled));
  return success();
}

LogicalResult Session::compile(ArrayRef<KernelOutput> outputs) {
  if (llvm::Error error = checkOutputs(target, outputs))
    return fail(std::move(error));
  double start = getSeconds();
  if (failed(runStages(stages[std::size(stages) - 1])))
    return failure();
  if (signature.functions.empty())
    return fail(inputName + ": there is no public function to compile");
  if (failed(generateCode(outputs)))
    return failure();
  layout = layoutWeights(*module);
  reader = std::make_unique<WeightReader>(*module, folder);
  compileSeconds = getSeconds() - start;
  return success();
}

std::string Session::getName() const {
  return StringRef(signature.kernelPrefix).drop_back().str();
}

LogicalResult Session::writeWeights(OutputFile &file) {
  Progress progress("packing weights", layout.totalBytes);
  return reader->writeFile(layout, file, &progress);
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

LogicalResult Session::prepareRun(ArrayRef<const Session *> others) {
  if (llvm::Error error = checkRunsHere(target))
    return fail(std::move(error));
  auto linked = LoadedModule::load(code, signature);
  if (!linked)
    return fail(linked.takeError());
  loaded = std::move(*linked);
  // Before weights are packed for it.
  if (llvm::Error error = loaded->openDevice())
    return fail(std::move(error));
  for (const Session *other : others)
    if (other->layout.fingerprint == layout.fingerprint) {
      image = other->image;
      return placeWeights();
    }
  dropLibraryPages();
  auto memory = Image::create(layout.totalBytes);
  if (!memory)
    return fail(memory.takeError());
  image = std::make_shared<Image>(std::move(*memory));
  double start = getSeconds();
  Progress progress("packing weights", layout.totalBytes);
  if (failed(reader->readAll(layout, image->get(), &progress)))
    return failure();
  packSeconds = getSeconds() - start;
  progress.clear();
  return placeWeights();
}

LogicalResult Session::placeWeights() {
  Progress progress("copying weights to the device", layout.totalBytes);
  llvm::Expected<const void *> placed =
      loaded->placeWeights(image->get().take_front(layout.totalBytes),
                           [&](int64_t bytes) { progress.advance(bytes); });
  if (!placed)
    return fail(placed.takeError());
  weights.push_back(*placed);
  return success();
}

const HostSignature &Session::getSignature(func::FuncOp function) const {
  return *llvm::find_if(signature.functions, [&](const HostSignature &host) {
    return host.symbol == function.getSymName();
  });
}

LogicalResult Session::run(func::FuncOp function,
                           MutableArrayRef<Array> arguments,
                           std::vector<Array> &results,
                           LaunchObserver observer) {
  if (llvm::Error error = loaded->run(function, weights.front(), arguments,
                                      results, std::move(observer)))
    return fail(std::move(error));
  return success();
}

FailureOr<std::unique_ptr<PlacedFunction>>
Session::place(func::FuncOp function, ArrayRef<Array> arguments,
               size_t copyOfWeights) {
  while (weights.size() <= copyOfWeights)
    if (failed(placeWeights()))
      return failure();
  auto placed = loaded->place(function, weights[copyOfWeights], arguments);
  if (!placed)
    return fail(placed.takeError());
  return std::move(*placed);
}

FailureOr<reference::Tensor> Session::getWeight(llama::WeightOp weight) {
  FailureOr<std::vector<double>> numbers = reader->readAsDouble(weight);
  if (failed(numbers))
    return failure();
  return reference::Tensor(weight.getTensorType().getShape(),
                           std::move(*numbers));
}
