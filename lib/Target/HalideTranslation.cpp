//===- HalideTranslation.cpp - Algorithms in libHalide's objects ----------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HalideTranslation.h"
#include "DeviceLowering.h"
#include "HalideErrors.h"
#include "HalideScheduleTranslation.h"
#include "PrefetchLowering.h"
#include "llamir/Conversion/HostToLLVM/HostSignature.h"
#include "llamir/Schedule/DeviceLimits.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

namespace {
class PipelineTranslator : ExprTranslator {
public:
  PipelineTranslator(StringRef prefix, const TargetInfo &target)
      : ExprTranslator(target), prefix(prefix), target(target) {}
  FailureOr<TranslatedPipeline> translate(PipelineOp pipeline);

private:
  void addArgument(PipelineOp pipeline, BlockArgument argument);
  LogicalResult define(FuncOp op);
  void defineExtern(FuncOp op, ExternOp directive);
  LogicalResult update(UpdateOp op);
  void addTable(ConstantOp op);
  LogicalResult addOutput(OutputOp op);

  StringRef prefix;
  const TargetInfo &target;
  std::vector<Halide::Argument> arguments;
  std::vector<Halide::Func> outputs;
  /// Funcs that functions compute, by what the schedule says.
  llvm::DenseMap<Value, ExternOp> externs;
};
} // namespace

/// Tells libHalide what the type of a buffer promises. Of the buffers of one
/// func only the first has extents to be told; the others have the same. One
/// with a `head` may have indices before 0 of its innermost dimension.
template <typename ParamTy>
static void constrain(ParamTy &&param, BufferType type, bool extents = true,
                      bool head = false, bool whole = false) {
  int64_t stride = 1;
  for (auto [index, extent] : llvm::enumerate(type.getShape())) {
    if (index == 0 && head)
      ;
    else if (extents && ShapedType::isDynamic(extent))
      param.dim(index).set_min(0);
    else if (extents)
      param.dim(index).set_bounds(0, int(extent));
    if (index > 0 && (whole || index + 1 < type.getRank()))
      param.dim(index).set_stride(int(stride));
    // Only the outermost extent is dynamic.
    if (!ShapedType::isDynamic(extent))
      stride *= extent;
  }
}

void PipelineTranslator::addArgument(PipelineOp pipeline,
                                     BlockArgument argument) {
  std::string name = "arg" + std::to_string(argument.getArgNumber());
  if (auto type = dyn_cast<BufferType>(argument.getType())) {
    Halide::ImageParam param(toHalideType(type.getElementType()),
                             int(type.getRank()), name);
    // Handles of memory begin at multiples of some bytes, and an array perhaps
    // behind one.
    bool head = target.isDevice() &&
                target.getDevice().interface != DeviceInterface::CUDA;
    constrain(param, type, /*extents=*/true, head);
    params[argument] = param;
    arguments.push_back(param);
    return;
  }
  Halide::Param<> param(toHalideType(argument.getType()), name);
  exprs[argument] = param;
  arguments.push_back(param);
}

static std::vector<Halide::Expr>
lookupAll(const llvm::DenseMap<Value, Halide::Expr> &exprs, ValueRange values) {
  std::vector<Halide::Expr> result;
  for (Value value : values)
    result.push_back(exprs.lookup(value));
  return result;
}

void PipelineTranslator::defineExtern(FuncOp op, ExternOp directive) {
  std::vector<Halide::ExternFuncArgument> inputs;
  for (Value input : directive.getInputs())
    if (isa<FuncType>(input.getType()))
      inputs.push_back(funcs.lookup(input));
    else
      inputs.push_back(params.lookup(input));
  for (int32_t constant : directive.getConstants())
    inputs.emplace_back(constant);
  inputs.emplace_back(int32_t(directive.getRows()));
  std::vector<Halide::Var> vars;
  for (StringRef name : op.getVars().getAsValueRange<StringAttr>())
    vars.emplace_back(name.str());
  Halide::Func func(op.getName().str());
  func.define_extern(
      getCIdentifier((prefix + directive.getCallee()).str()), inputs,
      {toHalideType(op.getResult().getType().getValueTypes().front())}, vars,
      Halide::NameMangling::C);
  funcs[op.getResult()] = func;
}

LogicalResult PipelineTranslator::define(FuncOp op) {
  if (ExternOp directive = externs.lookup(op.getResult())) {
    defineExtern(op, directive);
    return success();
  }
  std::vector<Halide::Var> vars;
  for (auto [name, argument] :
       llvm::zip(op.getVars().getAsValueRange<StringAttr>(),
                 op.getBody().getArguments())) {
    vars.emplace_back(name.str());
    exprs[argument] = vars.back();
  }
  if (failed(translateBlock(op.getBody().front())))
    return failure();
  Halide::Func func(op.getName().str());
  auto yield = cast<YieldOp>(op.getBody().front().getTerminator());
  std::vector<Halide::Expr> values = lookupAll(exprs, yield.getValues());
  if (values.size() == 1)
    func(vars) = values[0];
  else
    func(vars) = Halide::Tuple(values);
  funcs[op.getResult()] = func;
  return success();
}

LogicalResult PipelineTranslator::update(UpdateOp op) {
  if (externs.contains(op.getFunc()))
    return success();
  Halide::Func func = funcs.lookup(op.getFunc());
  std::vector<Halide::Var> vars = func.args();
  Halide::Region ranges;
  for (auto [min, extent] : llvm::zip(op.getMins(), op.getExtents()))
    ranges.emplace_back(exprs.lookup(min), exprs.lookup(extent));
  Halide::RDom domain;
  if (!ranges.empty())
    domain = Halide::RDom(ranges);
  for (auto [index, argument] : llvm::enumerate(op.getBody().getArguments()))
    if (index < vars.size())
      exprs[argument] = vars[index];
    else
      exprs[argument] = domain[int(index - vars.size())];
  if (failed(translateBlock(op.getBody().front())))
    return failure();
  auto yield = cast<YieldOp>(op.getBody().front().getTerminator());
  if (yield.getPredicate()) {
    if (ranges.empty())
      return yield.emitOpError() << "a predicate needs a reduction domain";
    domain.where(exprs.lookup(yield.getPredicate()));
  }
  std::vector<Halide::Expr> indices(vars.begin(), vars.end());
  if (!yield.getIndices().empty())
    indices = lookupAll(exprs, yield.getIndices());
  std::vector<Halide::Expr> values = lookupAll(exprs, yield.getValues());
  if (values.size() == 1)
    func(indices) = values[0];
  else
    func(indices) = Halide::Tuple(values);
  return success();
}

/// A table as part of the code, with an element before each row that nobody
/// reads: libHalide places tables at multiples of 32 bytes, but loads from what
/// looks like a multiple of a vector as if it were one.
template <typename T, typename Range>
static Halide::Buffer<> makeTable(Range &&values, std::vector<int> extents,
                                  const std::string &name) {
  int width = extents.front()++;
  Halide::Buffer<T> table(extents, name);
  table.fill(T(0));
  auto value = values.begin();
  table.cropped(0, 1, width).for_each_value([&](T &element) {
    element = *value++;
  });
  return table;
}

void PipelineTranslator::addTable(ConstantOp op) {
  std::vector<int> extents(op.getType().getShape().begin(),
                           op.getType().getShape().end());
  std::string name = op.getName().str();
  auto value = cast<DenseElementsAttr>(op.getValue());
  Type element = op.getType().getElementType();
  if (element.isF64())
    tables[op.getResult()] =
        makeTable<double>(value.getValues<double>(), extents, name);
  else if (element.isF32())
    tables[op.getResult()] =
        makeTable<float>(value.getValues<float>(), extents, name);
  else
    tables[op.getResult()] =
        makeTable<int32_t>(value.getValues<int32_t>(), extents, name);
}

LogicalResult PipelineTranslator::addOutput(OutputOp op) {
  auto types = op.getBuffers().getAsValueRange<TypeAttr>();
  auto type = types.begin();
  for (Value value : op.getFuncs()) {
    Halide::Func func = funcs.lookup(value);
    bool first = true;
    for (Halide::OutputImageParam buffer : func.output_buffers()) {
      constrain(buffer, cast<BufferType>(*type++), first, /*head=*/false,
                /*whole=*/target.isDevice());
      first = false;
    }
    outputs.push_back(func);
  }
  return success();
}

FailureOr<TranslatedPipeline>
PipelineTranslator::translate(PipelineOp pipeline) {
  Block &body = pipeline.getBody().front();
  ScheduleOp schedule = pipeline.getSchedule(target.name);
  if (!schedule)
    return pipeline.emitOpError()
           << "has no schedule for '" << target.name << "'";
  if (failed(checkDeviceLimits(schedule, target)))
    return failure();
  for (BlockArgument argument : body.getArguments())
    addArgument(pipeline, argument);
  for (auto directive : schedule.getBody().getOps<ExternOp>())
    externs[directive.getFunc()] = directive;
  for (Operation &op : body) {
    LogicalResult result = guard(op, [&]() -> LogicalResult {
      return llvm::TypeSwitch<Operation *, LogicalResult>(&op)
          .Case([&](FuncOp func) { return define(func); })
          .Case([&](UpdateOp op) { return update(op); })
          .Case([&](ConstantOp table) {
            addTable(table);
            return success();
          })
          .Case([&](OutputOp output) { return addOutput(output); })
          .Case([&](ScheduleOp) { return success(); })
          .Default([&](Operation *) { return ExprTranslator::translate(op); });
    });
    if (failed(result))
      return failure();
  }
  if (failed(translateSchedule(schedule, target, *this)))
    return failure();
  TranslatedPipeline result;
  if (failed(guard(*pipeline, [&]() -> LogicalResult {
        result = {Halide::Pipeline(outputs), arguments};
        if (target.isDevice())
          computeAlways(result.pipeline, target.getDevice().interface);
        if (target.isDevice() &&
            target.getDevice().interface == DeviceInterface::CUDA)
          accessWholePieces(result.pipeline);
        if (!target.isDevice())
          prefetchAllLines(result.pipeline);
        return success();
      })))
    return failure();
  return result;
}

FailureOr<TranslatedPipeline>
llamir::translateToHalide(PipelineOp pipeline, const TargetInfo &target,
                          StringRef prefix) {
  return PipelineTranslator(prefix, target).translate(pipeline);
}
