//===- Bundle.cpp - The command bundle ------------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bench/LimitKernels.h"
#include "Commands.h"
#include "Inputs.h"
#include "dialects/llama/LlamaCost.h"
#include "llamir/Conversion/HostToLLVM/SizeAnalysis.h"
#include "llamir/Support/OutputFile.h"
#include "llamir/Support/Progress.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>
#include <numeric>

using namespace mlir;
using namespace llamir;

using Sizes = llvm::StringMap<int64_t>;

//===----------------------------------------------------------------------===//
// Cases
//===----------------------------------------------------------------------===//

namespace {
/// What the reference says of some elements of a result.
struct Expected {
  int64_t step = 1;
  std::vector<double> numbers;
  std::vector<float> bounds;
};

/// A run of a function.
struct Case {
  std::vector<int64_t> sizes;
  bool timed = false;
  std::optional<std::vector<Expected>> expected;
  double flops = 0, bytes = 0;
};

/// A function and its runs.
struct BundledFunction {
  func::FuncOp function;
  const HostSignature *signature;
  std::vector<Case> cases;
};

/// Makes the cases of all functions.
class CaseBuilder {
public:
  CaseBuilder(Session &session, const BundleOptions &options)
      : session(session), options(options) {}

  FailureOr<std::vector<BundledFunction>> build();

private:
  void addCase(BundledFunction &to, const Sizes &given, bool timed);
  LogicalResult checkNames(ArrayRef<BundledFunction> functions,
                           ArrayRef<Sizes> all);
  LogicalResult countWork(const BundledFunction &of, Case &added);
  bool isSmall(const BundledFunction &of, const Case &added);
  LogicalResult computeExpected(const BundledFunction &of, Case &added);
  func::FuncOp getReferenceFunction(func::FuncOp function);

  Session &session;
  const BundleOptions &options;
  /// The functions with what they launch as functions of llama ops.
  OwningOpRef<ModuleOp> reference;
};
} // namespace

/// The sizes of a function by name.
static Sizes getSizes(const HostSignature &signature,
                      ArrayRef<int64_t> numbers) {
  Sizes sizes;
  for (auto [name, number] : llvm::zip_equal(signature.sizes, numbers))
    sizes[name] = number;
  return sizes;
}

void CaseBuilder::addCase(BundledFunction &to, const Sizes &given, bool timed) {
  constexpr int64_t defaultSize = 16;
  Case added;
  added.timed = timed;
  for (const std::string &name : to.signature->sizes) {
    auto found = given.find(name);
    added.sizes.push_back(found == given.end() ? defaultSize : found->second);
  }
  for (Case &known : to.cases)
    if (known.sizes == added.sizes) {
      known.timed |= timed;
      return;
    }
  to.cases.push_back(std::move(added));
}

/// Fails for a size that no function has.
LogicalResult CaseBuilder::checkNames(ArrayRef<BundledFunction> functions,
                                      ArrayRef<Sizes> all) {
  for (const Sizes &sizes : all)
    for (const auto &size : sizes)
      if (llvm::none_of(functions, [&](const BundledFunction &function) {
            return llvm::is_contained(function.signature->sizes, size.getKey());
          }))
        return fail("no function has a size '" + size.getKey() + "'");
  return success();
}

static SmallVector<int64_t> getShape(Value value, const HostSizes &names,
                                     const Sizes &sizes) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  SmallVector<StringAttr> dims = names.dims.lookup(value);
  size_t next = 0;
  for (int64_t &size : shape)
    if (ShapedType::isDynamic(size))
      size = sizes.lookup(dims[next++].getValue());
  return shape;
}

/// Adds up operations and bytes of the kernels.
LogicalResult CaseBuilder::countWork(const BundledFunction &of, Case &added) {
  Sizes sizes = getSizes(*of.signature, added.sizes);
  if (options.limits) {
    LimitWork work = getLimitWork(of.signature->symbol, sizes);
    added.flops = work.flops;
    added.bytes = work.bytes;
    return success();
  }
  FailureOr<HostSizes> names = readHostSizes(of.function);
  if (failed(names))
    return failure();
  func::FuncOp function = of.function;
  for (auto launch : function.getOps<llama::LaunchOp>()) {
    SmallVector<SmallVector<int64_t>> shapes;
    for (Value operand : launch.getOperands())
      shapes.push_back(getShape(operand, *names, sizes));
    FailureOr<llama::KernelCost> cost = llama::getKernelCost(
        session.kernels->lookupSymbol<func::FuncOp>(launch.getKernel()),
        shapes);
    if (failed(cost))
      return failure();
    added.flops += cost->flops;
    added.bytes += cost->getBytes();
  }
  return success();
}

func::FuncOp CaseBuilder::getReferenceFunction(func::FuncOp function) {
  if (!reference) {
    reference = session.kernels->clone();
    for (auto weight : session.module->getOps<llama::WeightOp>())
      reference->push_back(weight->clone());
  }
  if (auto known = reference->lookupSymbol<func::FuncOp>(function.getName()))
    return known;
  func::FuncOp copy = function.clone();
  reference->push_back(copy);
  return copy;
}

static reference::Tensor toReference(const Array &array) {
  reference::Tensor tensor(array.getShape(), {});
  tensor.data.reserve(array.getNumElements());
  for (int64_t i = 0; i < array.getNumElements(); ++i)
    tensor.data.push_back(array.get(i));
  return tensor;
}

/// The unit that the results of a function's kernels are rounded to, of the
/// narrowest type among them.
static double getUnit(func::FuncOp function) {
  double unit = 0;
  for (auto launch : function.getOps<llama::LaunchOp>())
    for (Type result : launch.getResultTypes()) {
      Type type = cast<RankedTensorType>(result).getElementType();
      unit = std::max(unit, type.isBF16()  ? 0x1p-8
                            : type.isF16() ? 0x1p-11
                                           : 0x1p-20);
    }
  return unit;
}

/// How far numbers of several kernels, one after the other, may be off. Bounds
/// that are carried from one to the next grow beyond all use in narrow types;
/// roundings add up as the square root of their number. This is several times
/// as much, and far below what a wrong kernel does to some number; what each
/// kernel does is checked by itself (--isolate).
static double getToleranceOfChain(const reference::Tensor &result, double unit,
                                  int64_t kernels) {
  double squares = 0;
  for (double number : result.data)
    squares += number * number;
  double mean = squares / std::max<double>(double(result.data.size()), 1);
  return 4 * unit * std::sqrt(double(kernels) * mean);
}

/// Some elements of a result, or all if they are not many. They lie a number
/// apart that has no factor in common with the width, so that they are of all
/// rows and of all columns.
static Expected choose(const reference::Tensor &result, double unit,
                       int64_t kernels) {
  constexpr int64_t most = 4096;
  int64_t elements = result.data.size();
  Expected chosen;
  chosen.step = std::max<int64_t>(llvm::divideCeil(elements, most), 1);
  while (std::gcd(chosen.step, result.shape.back()) > 1)
    ++chosen.step;
  double tolerance =
      kernels > 1 ? getToleranceOfChain(result, unit, kernels) : 0;
  for (int64_t i = 0; i < elements; i += chosen.step) {
    double bound = kernels > 1 ? tolerance : result.getBound(i);
    chosen.numbers.push_back(result.data[i]);
    // Not less than it was.
    chosen.bounds.push_back(
        std::nextafter(float(bound), std::numeric_limits<float>::infinity()));
  }
  return chosen;
}

LogicalResult CaseBuilder::computeExpected(const BundledFunction &of,
                                           Case &added) {
  InputOptions inputs;
  inputs.sizes = getSizes(*of.signature, added.sizes);
  FailureOr<Inputs> made = makeInputs(session, of.function, inputs);
  if (failed(made))
    return failure();
  SmallVector<reference::Tensor> arguments;
  for (const Array &array : made->arrays)
    arguments.push_back(toReference(array));
  auto results = reference::evaluateFunction(
      getReferenceFunction(of.function), arguments,
      [&](llama::WeightOp weight) {
        return session.getWeight(
            session.module->lookupSymbol<llama::WeightOp>(weight.getSymName()));
      });
  if (failed(results))
    return failure();
  added.expected.emplace();
  func::FuncOp function = of.function;
  int64_t kernels = llvm::range_size(function.getOps<llama::LaunchOp>());
  for (const reference::Tensor &result : *results)
    added.expected->push_back(choose(result, getUnit(function), kernels));
  return success();
}

/// Whether the reference computes it in some seconds.
bool CaseBuilder::isSmall(const BundledFunction &of, const Case &added) {
  constexpr double mostFlops = 4e9, mostNumbers = 4e6;
  Sizes sizes = getSizes(*of.signature, added.sizes);
  double numbers = 0;
  for (const HostArray &result : of.signature->results) {
    double product = 1;
    size_t next = 0;
    for (int64_t size : result.type.getShape())
      product *=
          double(ShapedType::isDynamic(size) ? sizes.lookup(result.dims[next++])
                                             : size);
    numbers += product;
  }
  return added.flops <= mostFlops && numbers <= mostNumbers;
}

FailureOr<std::vector<BundledFunction>> CaseBuilder::build() {
  std::vector<BundledFunction> functions;
  for (auto function : session.module->getOps<func::FuncOp>()) {
    if (function.isPrivate() || !llama::isHostFunction(function))
      continue;
    BundledFunction &added = functions.emplace_back();
    added.function = function;
    added.signature = &session.getSignature(function);
    for (const Sizes &sizes : options.checked)
      addCase(added, sizes, false);
    for (const Sizes &sizes : options.timed)
      addCase(added, sizes, true);
  }
  if (failed(checkNames(functions, options.checked)) ||
      failed(checkNames(functions, options.timed)))
    return failure();
  size_t count = 0;
  for (const BundledFunction &function : functions)
    count += function.cases.size();
  Progress progress("computing what is expected", count, ProgressUnit::Items);
  for (BundledFunction &function : functions)
    for (Case &added : function.cases) {
      if (failed(countWork(function, added)))
        return failure();
      bool computes = !added.timed || isSmall(function, added);
      if (computes && !options.limits &&
          failed(computeExpected(function, added)))
        return failure();
      progress.advance(1);
    }
  return functions;
}

//===----------------------------------------------------------------------===//
// The file of expected numbers
//===----------------------------------------------------------------------===//

/// All numbers one after the other: doubles, then floats.
static std::string getExpectedBytes(ArrayRef<BundledFunction> functions) {
  std::string bytes;
  auto add = [&](const auto &numbers) {
    bytes.append(reinterpret_cast<const char *>(numbers.data()),
                 numbers.size() * sizeof(numbers.front()));
  };
  auto forAll = [&](auto body) {
    for (const BundledFunction &function : functions)
      for (const Case &added : function.cases)
        if (added.expected)
          for (const Expected &expected : *added.expected)
            body(expected);
  };
  forAll([&](const Expected &expected) { add(expected.numbers); });
  forAll([&](const Expected &expected) { add(expected.bounds); });
  return bytes;
}

//===----------------------------------------------------------------------===//
// The description
//===----------------------------------------------------------------------===//

namespace {
/// Writes the C file with the description of a library.
class DescriptionWriter {
public:
  DescriptionWriter(Session &session, ArrayRef<BundledFunction> functions,
                    llvm::raw_ostream &os)
      : session(session), functions(functions), os(os) {}

  void write(bool makesWeights, StringRef expectedFile, StringRef weightsFile);

private:
  std::string getCall(const HostSignature &signature) const;
  void writeWeights();
  void writeWeight(const WeightsLayout::Slot &slot);
  void writePart(const WeightsLayout::Slot &slot, llama::WeightOp part,
                 int64_t firstRow);
  void writeFunction(const BundledFunction &function, size_t index);
  void writeArrays(const HostSignature &signature, size_t index);
  void writeCases(const BundledFunction &function, size_t index);
  void writeExpected(const Case &written);

  Session &session;
  ArrayRef<BundledFunction> functions;
  llvm::raw_ostream &os;
  int64_t numWeights = 0;
  /// Where the next numbers and bounds lie in the file.
  int64_t nextNumber = 0, nextBound = 0;
};
} // namespace

/// The function that takes arrays where the kernels run.
std::string DescriptionWriter::getCall(const HostSignature &signature) const {
  return session.target.isDevice() ? signature.getDeviceCallFunction()
                                   : signature.getCallFunction();
}

static std::string quote(StringRef text) {
  std::string quoted;
  llvm::raw_string_ostream stream(quoted);
  stream << '"';
  stream.write_escaped(text, /*UseHexEscapes=*/false);
  stream << '"';
  return quoted;
}

void DescriptionWriter::writePart(const WeightsLayout::Slot &slot,
                                  llama::WeightOp part, int64_t firstRow) {
  llama::WeightOp weight = slot.weight;
  RankedTensorType type = weight.getTensorType();
  llama::PanelsAttr panels = llama::getPanels(type);
  RankedTensorType partType = part.getTensorType();
  auto random = cast<llama::RandomAttr>(part.getSource());
  int64_t columns = llama::getRowWidth(partType);
  os << llvm::formatv(
      "    {{{0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, "
      "{9}u, {10}, {11}},\n",
      slot.offset, firstRow, partType.getDimSize(0), columns,
      panels ? panels.getGroup() : type.getDimSize(0),
      panels ? panels.getWidth() : 1, panels ? panels.getInterleave() : 1,
      getRuntimeType(llama::getArrayType(partType)),
      getRuntimeType(llama::getArrayType(type)), random.getSeed(),
      llvm::formatv("{0:e16}", random.getScale().getValueAsDouble()),
      llvm::formatv("{0:e16}", random.getMeanOrZero()));
  ++numWeights;
}

void DescriptionWriter::writeWeight(const WeightsLayout::Slot &slot) {
  llama::WeightOp weight = slot.weight;
  auto packed = dyn_cast<llama::PackedAttr>(weight.getSource());
  if (!packed)
    return writePart(slot, weight, 0);
  int64_t first = 0;
  for (FlatSymbolRefAttr name : packed.getParts()) {
    auto part = session.module->lookupSymbol<llama::WeightOp>(name.getValue());
    writePart(slot, part, first);
    first += part.getTensorType().getDimSize(0);
  }
}

void DescriptionWriter::writeWeights() {
  os << "static const llamir_bundle_weight weights[] = {\n";
  for (const WeightsLayout::Slot &slot : session.layout.slots)
    writeWeight(slot);
  os << "    {0}};\n\n";
}

void DescriptionWriter::writeArrays(const HostSignature &signature,
                                    size_t index) {
  os << "static const llamir_bundle_array arrays_" << index << "[] = {\n";
  for (const std::vector<HostArray> *arrays :
       {&signature.arguments, &signature.results})
    for (const HostArray &array : *arrays) {
      ArrayRef<int64_t> shape = array.type.getShape();
      os << "    {" << quote(array.name) << ", "
         << getRuntimeType(llama::getArrayType(array.type)) << ", "
         << shape.size() << ", {";
      size_t next = 0;
      llvm::interleaveComma(shape, os, [&](int64_t size) {
        if (ShapedType::isDynamic(size))
          size = -1 - (llvm::find(signature.sizes, array.dims[next++]) -
                       signature.sizes.begin());
        os << size;
      });
      os << "}, " << array.indexLimit.value_or(0) << "},\n";
    }
  os << "    {0}};\n";
}

void DescriptionWriter::writeExpected(const Case &written) {
  for (const Expected &expected : *written.expected) {
    int64_t count = expected.numbers.size();
    os << llvm::formatv("{{{0}, {1}, {2}, {3}}, ", count, expected.step,
                        nextNumber, nextBound);
    nextNumber += count * int64_t(sizeof(double));
    nextBound += count * int64_t(sizeof(float));
  }
}

void DescriptionWriter::writeCases(const BundledFunction &function,
                                   size_t index) {
  for (auto [number, written] : llvm::enumerate(function.cases)) {
    std::string suffix = llvm::formatv("_{0}_{1}", index, number);
    os << "static const int64_t sizes" << suffix << "[] = {";
    for (int64_t size : written.sizes)
      os << size << ", ";
    os << "0};\n";
    if (!written.expected)
      continue;
    os << "static const llamir_bundle_expected expected" << suffix << "[] = {";
    writeExpected(written);
    os << "{0}};\n";
  }
  os << "static const llamir_bundle_case cases_" << index << "[] = {\n";
  for (auto [number, written] : llvm::enumerate(function.cases)) {
    std::string suffix = llvm::formatv("_{0}_{1}", index, number);
    os << llvm::formatv("    {{sizes{0}, 1, {1}, {2}, {3:e9}, {4:e9}},\n",
                        suffix, written.expected ? "expected" + suffix : "0",
                        int(written.timed), written.flops, written.bytes);
  }
  os << "    {0}};\n";
}

void DescriptionWriter::writeFunction(const BundledFunction &function,
                                      size_t index) {
  const HostSignature &signature = *function.signature;
  os << "extern int32_t " << getCall(signature)
     << "(const void *, void *, const int64_t *, const llamir_array *);\n"
     << "extern int64_t " << signature.getArenaCallFunction()
     << "(const int64_t *);\n";
  os << "static const char *const names_" << index << "[] = {";
  for (const std::string &size : signature.sizes)
    os << quote(size) << ", ";
  os << "0};\n";
  writeArrays(signature, index);
  writeCases(function, index);
  os << "\n";
}

void DescriptionWriter::write(bool makesWeights, StringRef expectedFile,
                              StringRef weightsFile) {
  for (const BundledFunction &function : functions)
    for (const Case &added : function.cases)
      if (added.expected)
        for (const Expected &expected : *added.expected)
          nextBound += int64_t(expected.numbers.size() * sizeof(double));
  os << "/* Written by llamir for " << session.target.name
     << ". Link with the objects beside this file. */\n\n"
     << "#include \"llamir_bundle.h\"\n\n";
  if (makesWeights)
    writeWeights();
  for (auto [index, function] : llvm::enumerate(functions))
    writeFunction(function, index);
  os << "static const llamir_bundle_function functions[] = {\n";
  for (auto [index, function] : llvm::enumerate(functions)) {
    const HostSignature &signature = *function.signature;
    os << llvm::formatv("    {{{0}, {1}, {2}, {3}, {4}, {5}, {6}, names_{7}, "
                        "arrays_{7}, cases_{7}},\n",
                        quote(signature.symbol), getCall(signature),
                        signature.getArenaCallFunction(),
                        signature.sizes.size(), signature.arguments.size(),
                        signature.results.size(), function.cases.size(), index);
  }
  os << "    {0}};\n\n";
  os << llvm::formatv(
      "const llamir_bundle_library llamir_bundle = {{\n    {0}, {1}, {2}, {3}, "
      "{4}, {5}, {6}, {7}, {8}, {9}, functions};\n",
      quote(session.getName()), quote(session.target.name),
      session.signature.device, quote(expectedFile),
      weightsFile.empty() ? "0" : quote(weightsFile),
      quote(session.layout.getFingerprintText()), session.layout.totalBytes,
      numWeights, functions.size(), makesWeights ? "weights" : "0");
}

//===----------------------------------------------------------------------===//
// The command
//===----------------------------------------------------------------------===//

/// Whether all weights are random numbers.
static bool canMakeWeights(Session &session) {
  return llvm::all_of(
      session.module->getOps<llama::WeightOp>(), [](llama::WeightOp weight) {
        return isa<llama::RandomAttr, llama::PackedAttr>(weight.getSource());
      });
}

/// Loads what is bundled: an input, or functions that measure the device.
static LogicalResult loadInput(Session &session, StringRef input,
                               StringRef targetName,
                               const BundleOptions &options) {
  if (!options.limits) {
    if (failed(session.load(input)))
      return failure();
    return session.selectFunction(options.function);
  }
  if (!input.empty())
    return fail("--limits takes no input");
  llvm::Expected<TargetInfo> target = getTarget(targetName);
  if (!target)
    return fail(target.takeError());
  if (!target->isDevice())
    return fail("--limits is for devices, not for " + target->name);
  return session.loadText(getLimitKernels(target->name), "limits");
}

int llamir::runBundle(const DriverOptions &driver, StringRef input,
                      const BundleOptions &options) {
  Session session(driver);
  if (failed(loadInput(session, input, driver.target, options)) ||
      failed(session.compile(KernelOutput::Object)))
    return 1;
  if (!session.kernels && !options.limits)
    return failed(fail(session.getInputName() +
                       ": the IR has no module @llama.kernels to say what is "
                       "expected of its kernels"));
  auto functions = CaseBuilder(session, options).build();
  if (failed(functions))
    return 1;
  CompileOptions compile;
  compile.outputDir = options.outputDir;
  compile.outputs.push_back(KernelOutput::Object);
  compile.runtime = true;
  compile.weights = !canMakeWeights(session);
  std::string name = session.getName(), expectedFile = name + ".expected";
  std::string text;
  llvm::raw_string_ostream stream(text);
  DescriptionWriter(session, *functions, stream)
      .write(!compile.weights, expectedFile,
             compile.weights ? name + weightsExtension.str() : "");
  compile.more.emplace_back(name + "_bundle.c", std::move(text));
  compile.more.emplace_back("llamir_bundle.h", getBundleHeader().str());
  compile.more.emplace_back("llamir_runtime.h", getRuntimeHeader().str());
  compile.more.emplace_back(expectedFile, getExpectedBytes(*functions));
  return failed(writeFiles(session, compile));
}
