//===- Session.cpp - What the driver's commands share ---------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Session.h"
#include "llamir/Conversion/SizeAnalysis.h"
#include "llamir/Import/HuggingFace.h"
#include "llamir/InitAll.h"
#include "llamir/Support/IRText.h"
#include "llamir/Support/LibraryPages.h"
#include "llamir/Support/Npy.h"
#include "llamir/Target/HostCodegen.h"
#include "llamir/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/ToolOutputFile.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace llamir;

LogicalResult llamir::fail(const Twine &message) {
  llvm::WithColor::error(llvm::errs(), "llamir") << message << '\n';
  return failure();
}

LogicalResult llamir::fail(llvm::Error error) {
  return fail(llvm::toString(std::move(error)));
}

ArrayRef<NamedFusion> llamir::getFusions() {
  static constexpr NamedFusion fusions[] = {
      {"norm", &FusionOptions::norm},
      {"rotary", &FusionOptions::rotary},
      {"gated-ffn", &FusionOptions::gatedFFN}};
  return fusions;
}

llvm::Expected<Image> Image::create(int64_t bytes) {
  bytes = std::max<int64_t>(bytes, 64);
  void *data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED)
    return llvm::createStringError("there is no memory for " + Twine(bytes) +
                                   " bytes of weights");
  madvise(data, bytes, MADV_HUGEPAGE);
  return Image(static_cast<char *>(data), bytes);
}

Session::Session(DriverOptions options) : options(std::move(options)) {
  // Loading the libraries has touched most of their pages.
  dropLibraryPages();
  DialectRegistry registry;
  registerAllDialects(registry);
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();
  context.printOpOnDiagnostic(false);
  // Decisions of the passes come as diagnostics, and are kept for who asks.
  remark::RemarkCategories categories;
  categories.all = categories.passed = categories.missed = ".*";
  (void)remark::enableOptimizationRemarks(
      context, nullptr, std::make_unique<remark::RemarkEmittingPolicyAll>(),
      categories,
      /*printAsEmitRemarks=*/true);
  context.getDiagEngine().registerHandler([this](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Remark) {
      std::string text;
      llvm::raw_string_ostream stream(text);
      if (auto name = diagnostic.getLocation()->findInstanceOf<NameLoc>())
        stream << name.getName().getValue() << ": ";
      else if (auto file =
                   diagnostic.getLocation()->findInstanceOf<FileLineColLoc>())
        stream << file.getFilename().getValue() << ':' << file.getLine()
               << ": ";
      stream << diagnostic;
      remarks.push_back(text);
      return;
    }
    std::string place;
    if (auto file = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>())
      place = (file.getFilename().getValue() + ":" + Twine(file.getLine()) +
               ":" + Twine(file.getColumn()) + ": ")
                  .str();
    else if (auto name = diagnostic.getLocation()->findInstanceOf<NameLoc>())
      place = (name.getName().getValue() + ": ").str();
    bool isError = diagnostic.getSeverity() == DiagnosticSeverity::Error;
    (isError ? llvm::WithColor::error(llvm::errs(), "llamir")
             : llvm::WithColor::warning(llvm::errs(), "llamir"))
        << place << diagnostic << '\n';
    for (Diagnostic &note : diagnostic.getNotes())
      llvm::WithColor::note(llvm::errs(), "llamir") << note << '\n';
  });
}

LogicalResult Session::load(StringRef input) {
  llvm::Expected<TargetInfo> found = getTarget(options.target);
  if (!found)
    return fail(found.takeError());
  target = *found;
  if (!options.shape.empty()) {
    if (!input.empty())
      return fail("there are two inputs, " + input +
                  " and --shape=" + options.shape);
    if (options.block)
      return fail("--block=N is for a model's folder; --shape has --layers=N");
    auto built =
        buildRandomBlock(options.shape, options.layers.value_or(1), context);
    if (!built)
      return fail(built.takeError());
    module = std::move(*built);
    return success();
  }
  if (input.empty())
    return fail("there is no input; give IR, a model's folder or --shape");
  if (options.layers)
    return fail("--layers=N is for --shape");
  if (llvm::sys::fs::is_directory(input)) {
    ImportOptions import;
    import.block = options.block;
    auto imported = importHuggingFace(input, import, context);
    if (!imported)
      return fail(imported.takeError());
    module = std::move(*imported);
    return success();
  }
  if (options.block)
    return fail("--block=N is for a model's folder");
  if (input != "-" && !llvm::sys::fs::exists(input))
    return fail(input + ": no such file or folder");
  auto buffer = readIRText(input);
  if (!buffer)
    return fail(buffer.takeError());
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  module = parseSourceFile<ModuleOp>(sources, &context);
  folder = input == "-" ? "" : llvm::sys::path::parent_path(input).str();
  return success(bool(module));
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

void Session::print(ModuleOp printed, llvm::raw_ostream &os) {
  OwningOpRef<ModuleOp> whole = printed.clone();
  if (kernels && !printed.getOps<halide::PipelineOp>().empty()) {
    ModuleOp nested = kernels->clone();
    nested.setName(kernelsName);
    whole->push_back(nested);
  }
  whole->print(os);
  os << '\n';
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

LogicalResult Session::checkPassed(ArrayRef<Stage> passed) {
  if (passed.empty())
    return success();
  for (const auto &[stage, build] : passed)
    if (stage == options.untilAfter)
      return fail("the IR is past the stage '" + stage + "' already");
  for (const NamedFusion &named : getFusions())
    if (!(options.fusion.*named.flag))
      return fail("the kernels of the IR are formed already; leaving out the "
                  "fusion '" +
                  named.name + "' comes too late");
  return success();
}

LogicalResult Session::runStage(StringRef stage, ModuleOp on,
                                function_ref<void(OpPassManager &)> build,
                                llvm::raw_ostream &os, bool &stopped) {
  PassManager pm(&context);
  build(pm);
  if (failed(pm.run(on)))
    return failure();
  if (stage == options.untilAfter) {
    print(on, os);
    stopped = true;
  }
  return success();
}

std::string Session::getName() const {
  return StringRef(signature.kernelPrefix).drop_back().str();
}

LogicalResult Session::compile(ArrayRef<KernelOutput> outputs,
                               llvm::raw_ostream &os, bool &stopped) {
  double start = getSeconds();
  stopped = false;
  auto schedule = [&](OpPassManager &pm) {
    buildSchedulePipeline(pm, target.name);
  };
  auto host = [&](OpPassManager &pm) { buildHostPipeline(pm, options.name); };
  const Stage stages[] = {
      {"import", [](OpPassManager &) {}},
      {"fusion",
       [&](OpPassManager &pm) {
         buildFusionPipeline(pm, options.fusion);
         if (options.cacheArguments)
           pm.addPass(createLlamaCacheArguments());
       }},
      {"kernels",
       [&](OpPassManager &pm) { buildKernelPipeline(pm, target.name); }},
      {"halide", buildHalidePipeline},
      {"schedule", schedule},
      {"memory", buildMemoryPipeline},
      {"host", host}};
  if (!options.untilAfter.empty() &&
      llvm::none_of(stages, [&](const auto &stage) {
        return stage.first == options.untilAfter;
      })) {
    std::string names;
    for (const auto &stage : stages)
      names += (names.empty() ? "" : ", ") + stage.first.str();
    return fail("unknown stage '" + options.untilAfter + "'; there are " +
                names);
  }
  if (!module->getOps<LLVM::LLVMFuncOp>().empty())
    return fail("the IR has host functions in the LLVM dialect, as after the "
                "stage host; give that of an earlier stage");
  // IR that has schedules already, printed after that stage and edited perhaps,
  // goes on from there. The first four stages make them.
  constexpr size_t stagesToPipelines = 4;
  ArrayRef passed = ArrayRef(stages).take_front(
      module->getOps<halide::PipelineOp>().empty() ? 0 : stagesToPipelines);
  if (failed(takeKernels()) || failed(checkPassed(passed)))
    return failure();
  for (const auto &[stage, build] :
       ArrayRef(stages).drop_front(passed.size())) {
    // The last stage leaves no launches for those who look at them later.
    if (stage == "host") {
      FailureOr<ModuleSignature> found =
          getModuleSignature(*module, options.name);
      if (failed(found))
        return failure();
      signature = std::move(*found);
      this->host = OwningOpRef<ModuleOp>(module->clone());
    }
    ModuleOp on = stage == "host" ? *this->host : *module;
    if (failed(runStage(stage, on, build, os, stopped)))
      return failure();
    if (stopped)
      return success();
    if (stage == "kernels")
      kernels = copyKernels(*module);
  }
  if (signature.functions.empty())
    return fail("there is no public function to compile");
  SmallVector<halide::PipelineOp> pipelines(
      module->getOps<halide::PipelineOp>());
  {
    Progress progress("compiling kernels", pipelines.size(),
                      ProgressUnit::Items);
    if (failed(compilePipelines(pipelines, target, outputs, code,
                                signature.kernelPrefix,
                                [&](size_t) { progress.advance(1); })))
      return failure();
  }
  FailureOr<KernelCode> compiled = compileHost(*this->host, getName(), outputs);
  if (failed(compiled))
    return failure();
  code.push_back(std::move(*compiled));
  layout = layoutWeights(*module);
  reader = std::make_unique<WeightReader>(*module, folder);
  compileSeconds = getSeconds() - start;
  return success();
}

LogicalResult Session::prepareRun(ArrayRef<const Session *> others) {
  if (llvm::Error error = checkRunsHere(target))
    return fail(std::move(error));
  auto linked = LoadedModule::load(code, signature);
  if (!linked)
    return fail(linked.takeError());
  loaded = std::move(*linked);
  for (const Session *other : others)
    if (other->layout.fingerprint == layout.fingerprint) {
      image = other->image;
      return success();
    }
  dropLibraryPages();
  auto memory = Image::create(layout.totalBytes);
  if (!memory)
    return fail(memory.takeError());
  image = std::make_shared<Image>(std::move(*memory));
  double start = getSeconds();
  {
    Progress progress("packing weights", layout.totalBytes);
    if (failed(reader->readAll(layout, image->get(), &progress)))
      return failure();
  }
  packSeconds = getSeconds() - start;
  return success();
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

LogicalResult Session::writeWeights(OutputFile &file) {
  Progress progress("packing weights", layout.totalBytes);
  return reader->writeFile(layout, file, &progress);
}

FailureOr<func::FuncOp> Session::getFunction(StringRef name) {
  func::FuncOp found;
  for (auto function : module->getOps<func::FuncOp>()) {
    if (function.isPrivate() || !llama::isHostFunction(function))
      continue;
    if (!name.empty() && function.getName() != name)
      continue;
    if (found)
      return fail("there are several functions; choose one with --function");
    found = function;
  }
  if (!found)
    return fail(name.empty() ? Twine("there is no public function")
                             : "there is no function '" + name + "'");
  return found;
}

LogicalResult Session::run(func::FuncOp function,
                           MutableArrayRef<Array> arguments,
                           std::vector<Array> &results,
                           LaunchObserver observer) {
  if (llvm::Error error = loaded->run(function, image->get().data(), arguments,
                                      results, std::move(observer)))
    return fail(std::move(error));
  return success();
}

FailureOr<reference::Tensor> Session::getWeight(llama::WeightOp weight) {
  FailureOr<std::vector<double>> numbers = reader->readAsDouble(weight);
  if (failed(numbers))
    return failure();
  return reference::Tensor(weight.getTensorType().getShape(),
                           std::move(*numbers));
}

FailureOr<std::vector<Array>>
llamir::makeInputs(func::FuncOp function, ArrayRef<std::string> files,
                   uint64_t seed, const llvm::StringMap<int64_t> &sizes) {
  std::vector<Array> inputs;
  if (files.size() > function.getNumArguments())
    return fail("function '" + function.getName() + "' takes " +
                Twine(function.getNumArguments()) + " inputs, not " +
                Twine(files.size()));
  llvm::StringMap<int64_t> known;
  llvm::StringSet<> used;
  for (const auto &size : sizes)
    known[size.getKey()] = size.getValue();
  uint64_t state = seed * 0x9e3779b97f4a7c15 + 1;
  auto next = [&] {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return uint32_t(state >> 33);
  };
  for (unsigned index = 0; index < function.getNumArguments(); ++index) {
    auto type = dyn_cast<RankedTensorType>(function.getArgumentTypes()[index]);
    if (!type)
      return fail("input " + Twine(index) + " is not a tensor");
    auto names = function.getArgAttrOfType<ArrayAttr>(
        index, llama::LlamaDialect::dimsAttrName);
    auto nameOf = [&](size_t dim) {
      StringRef name = names && dim < names.size()
                           ? cast<StringAttr>(names[dim]).getValue()
                           : StringRef("tokens");
      used.insert(name);
      return name;
    };
    if (index < files.size()) {
      llvm::Expected<Array> array = readNpy(files[index]);
      if (!array)
        return fail(array.takeError());
      // Sizes of made inputs follow those that are given.
      size_t dim = 0;
      for (int64_t axis = 0; axis < type.getRank(); ++axis)
        if (type.isDynamicDim(axis) &&
            size_t(axis) < array->getShape().size()) {
          StringRef name = nameOf(dim++);
          int64_t size = array->getShape()[axis];
          known.try_emplace(name, size);
          auto given = sizes.find(name);
          if (given != sizes.end() && given->second != size)
            return fail(files[index] + ": has " + Twine(size) + " " + name +
                        ", not " + Twine(given->second));
        }
      inputs.push_back(std::move(*array));
      continue;
    }
    SmallVector<int64_t> shape(type.getShape());
    size_t dim = 0;
    for (int64_t &size : shape)
      if (ShapedType::isDynamic(size))
        size = known.try_emplace(nameOf(dim++), 16).first->second;
    llvm::Expected<Array> array =
        Array::create(getElementType(type.getElementType()), shape);
    if (!array)
      return fail(array.takeError());
    auto limit =
        function.getArgAttrOfType<IntegerAttr>(index, "llama.index_limit");
    for (int64_t i = 0; i < array->getNumElements(); ++i) {
      if (array->getType() == ElementType::I32)
        array->getData<int32_t>()[i] =
            limit ? int32_t(next() % limit.getInt()) : int32_t(i);
      else if (array->getType() == ElementType::F32)
        array->getData<float>()[i] = float(next() % 65536) / 32768.0f - 1.0f;
      else
        // Small numbers of either sign in f16 and bf16 alike: 0.5 to 2 and
        // less.
        array->getData<uint16_t>()[i] = uint16_t(0x3000 | (next() & 0x8cff));
    }
    inputs.push_back(std::move(*array));
  }
  for (const auto &size : sizes)
    if (!used.contains(size.getKey()))
      return fail("function '" + function.getName() + "' has no size '" +
                  size.getKey() + "'");
  return inputs;
}
