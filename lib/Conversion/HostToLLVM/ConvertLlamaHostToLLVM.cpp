//===- ConvertLlamaHostToLLVM.cpp - Host functions as C functions ---------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HalideBuffers.h"
#include "HostKernels.h"
#include "dialects/llama/LlamaWeights.h"
#include "llamir/Conversion/HostToLLVM/MemoryPlan.h"
#include "llamir/Conversion/HostToLLVM/Passes.h"
#include "llamir/Support/TargetInfo.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_CONVERTLLAMAHOSTTOLLVM
#include "llamir/Conversion/HostToLLVM/Passes.h.inc"
} // namespace llamir

using namespace llamir;

namespace {

/// Where a tensor lies.
struct Place {
  Value pointer;
  /// Elements between the starts of rows; null for what has none.
  Value rowStride;
};

/// Writes the C functions of one host function.
class FunctionLowering {
public:
  FunctionLowering(func::FuncOp function, const HostSignature &signature,
                   const MemoryPlan &plan, const HostSizes &sizes,
                   const TargetInfo &target, SymbolTable &symbols,
                   HostKernels &kernels)
      : function(function), signature(signature), plan(plan), hostSizes(sizes),
        target(target), symbols(symbols), kernels(kernels),
        builder(function.getLoc(), OpBuilder(function)),
        pointer(LLVM::LLVMPointerType::get(function.getContext())),
        i32(builder.getI32Type()), i64(builder.getI64Type()) {}

  LogicalResult lower() {
    if (auto bytes = symbols.getOp()->getAttrOfType<IntegerAttr>(
            LlamaDialect::weightsBytesAttrName))
      weightsBytes = bytes.getInt();
    if (failed(checkPlan()))
      return failure();
    LLVM::LLVMFuncOp arenaFunction = lowerArenaFunction();
    FailureOr<LLVM::LLVMFuncOp> lowered = lowerFunction();
    if (failed(lowered))
      return failure();
    if (target.isDevice()) {
      lowerCall(signature.getDeviceCallFunction(), *lowered,
                /*hasArrays=*/true);
      lowered = lowerCopies(*lowered);
    }
    lowerCall(signature.getCallFunction(), *lowered, /*hasArrays=*/true);
    lowerCall(signature.getArenaCallFunction(), arenaFunction,
              /*hasArrays=*/false);
    return success();
  }

private:
  LLVM::LLVMFuncOp addFunction(const std::string &name, Type result,
                               ArrayRef<Type> arguments);
  Value getNumber(int64_t value) {
    return LLVM::ConstantOp::create(builder, i64,
                                    builder.getI64IntegerAttr(value));
  }
  Value getStatus(int32_t value) {
    return LLVM::ConstantOp::create(builder, i32,
                                    builder.getI32IntegerAttr(value));
  }
  Value multiply(Value a, int64_t b) {
    return b == 1 ? a
                  : LLVM::MulOp::create(builder, a, getNumber(b)).getResult();
  }
  Value move(Value base, Value bytes) {
    return LLVM::GEPOp::create(builder, pointer, builder.getI8Type(), base,
                               ArrayRef<LLVM::GEPArg>{bytes});
  }

  /// Calls a function of the runtime and leaves this one when it fails.
  void check(StringRef callee, ArrayRef<Value> arguments);
  void leaveOnError(Value status);
  /// Whether a kernel that it launches needs what the system must grant.
  bool needsMatrixTiles();
  /// Whether places of the arena lie where the target's arrays can.
  LogicalResult checkPlan();
  void addChecks(Block::BlockArgListType arguments);
  /// Indices beyond their limits, in arrays of the process.
  void addIndexChecks(Block::BlockArgListType arguments);
  /// Arrays on CUDA that do not begin where kernels read 16 bytes at once.
  void addAlignmentChecks(Block::BlockArgListType arguments);
  void bindSizes(Block::BlockArgListType arguments);
  /// The product of sizes, times `factor`.
  Value getProduct(ArrayRef<StringAttr> dims, int64_t factor);
  Value getArenaBytes(size_t numRegions);
  Value getBytes(const HostArray &array);
  /// Elements from one row to the next when rows have no gaps.
  Value getRowStride(Value value);

  LogicalResult bindWeight(GetWeightOp get, Value weights);
  void bindSplit(SplitOp split);
  void bindResult(const PlannedBuffer &buffer, Value arena,
                  Block::BlockArgListType results);
  LogicalResult lowerLaunch(LaunchOp launch, int32_t index);
  void copyResults(Block::BlockArgListType results);

  /// All arguments and results.
  auto getArrays() {
    return llvm::concat<const HostArray>(signature.arguments,
                                         signature.results);
  }
  /// Types of the arguments of the functions that take arrays.
  SmallVector<Type> getArgumentTypes();
  /// An array's bytes, rounded up to where the next one may begin.
  Value getAlignedBytes(const HostArray &array);

  LLVM::LLVMFuncOp lowerArenaFunction();
  FailureOr<LLVM::LLVMFuncOp> lowerFunction();
  /// The function whose arrays are copied to the device and back around a call
  /// of the one whose arrays lie there.
  LLVM::LLVMFuncOp lowerCopies(LLVM::LLVMFuncOp onDevice);
  /// The function that takes its sizes and arrays in arrays.
  void lowerCall(const std::string &name, LLVM::LLVMFuncOp callee,
                 bool hasArrays);

  func::FuncOp function;
  const HostSignature &signature;
  const MemoryPlan &plan;
  const HostSizes &hostSizes;
  const TargetInfo &target;
  SymbolTable &symbols;
  HostKernels &kernels;
  ImplicitLocOpBuilder builder;
  Type pointer, i32, i64;
  int64_t weightsBytes = 0;
  /// Where a failed check goes, with the status to return.
  Block *exit = nullptr;
  llvm::StringMap<Value> sizes;
  llvm::DenseMap<Value, Place> places;
};

} // namespace

LLVM::LLVMFuncOp FunctionLowering::addFunction(const std::string &name,
                                               Type result,
                                               ArrayRef<Type> arguments) {
  builder.setInsertionPoint(function);
  auto added = LLVM::LLVMFuncOp::create(
      builder, name, LLVM::LLVMFunctionType::get(result, arguments));
  Block *entry = added.addEntryBlock(builder);
  exit = builder.createBlock(&added.getBody(), added.getBody().end(), {i32},
                             {builder.getLoc()});
  builder.setInsertionPointToEnd(entry);
  sizes.clear();
  return added;
}

void FunctionLowering::check(StringRef callee, ArrayRef<Value> arguments) {
  SmallVector<Type> types;
  for (Value argument : arguments)
    types.push_back(argument.getType());
  leaveOnError(LLVM::CallOp::create(
                   builder, kernels.getRuntime(callee, i32, types), arguments)
                   .getResult());
}

void FunctionLowering::leaveOnError(Value status) {
  Value bad = LLVM::ICmpOp::create(builder, LLVM::ICmpPredicate::ne, status,
                                   getStatus(0));
  Block *next = builder.createBlock(exit);
  builder.setInsertionPointToEnd(next->getPrevNode());
  LLVM::CondBrOp::create(builder, bad, exit, ValueRange{status}, next,
                         ValueRange{});
  builder.setInsertionPointToEnd(next);
}

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

void FunctionLowering::bindSizes(Block::BlockArgListType arguments) {
  for (auto [name, value] : llvm::zip_equal(signature.sizes, arguments))
    sizes[name] = value;
  Value user = kernels.getString(builder, signature.name);
  for (auto [name, value] : llvm::zip_equal(signature.sizes, arguments))
    check("llamir_rt_check_size",
          {value, user, kernels.getString(builder, name)});
}

Value FunctionLowering::getProduct(ArrayRef<StringAttr> dims, int64_t factor) {
  Value product = getNumber(factor);
  if (factor != 0)
    for (StringAttr dim : dims)
      product = LLVM::MulOp::create(builder, sizes.lookup(dim), product);
  return product;
}

Value FunctionLowering::getArenaBytes(size_t numRegions) {
  Value bytes;
  for (const ArenaRegion &region :
       ArrayRef(plan.regions).take_front(numRegions)) {
    Value product = getProduct(region.dims, region.bytes);
    bytes = bytes ? LLVM::AddOp::create(builder, bytes, product) : product;
  }
  return bytes ? bytes : getNumber(0);
}

Value FunctionLowering::getBytes(const HostArray &array) {
  int64_t bytes = array.type.getElementTypeBitWidth() / 8;
  for (int64_t size : getStoredShape(array.type))
    if (!ShapedType::isDynamic(size))
      bytes *= size;
  Value product = getNumber(bytes);
  for (const std::string &dim : array.dims)
    product = LLVM::MulOp::create(builder, sizes.lookup(dim), product);
  return product;
}

Value FunctionLowering::getRowStride(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  if (!HostKernels::hasRows(type))
    return Value();
  int64_t width = getRowWidth(type);
  if (!ShapedType::isDynamic(width))
    return getNumber(width);
  return sizes.lookup(hostSizes.dims.lookup(value).back());
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

bool FunctionLowering::needsMatrixTiles() {
  bool needs = false;
  function.walk([&](LaunchOp launch) {
    auto pipeline = symbols.lookup<halide::PipelineOp>(launch.getKernel());
    if (!pipeline)
      return;
    pipeline.walk([&](halide::ExternOp op) {
      // The schedules of other targets call functions that are not lowered.
      auto callee = symbols.lookup<LLVM::LLVMFuncOp>(op.getCallee());
      if (!callee)
        return;
      auto name = callee->getAttrOfType<StringAttr>(halide::externAttrName);
      llvm::Expected<TargetInfo> target = getTarget(name.getValue());
      if (target)
        needs |= target->needsMatrixTiles();
      else
        llvm::consumeError(target.takeError());
    });
  });
  return needs;
}

LogicalResult FunctionLowering::checkPlan() {
  int64_t alignment = target.getArenaAlignment();
  auto isAligned = [&](int64_t bytes) { return bytes % alignment == 0; };
  bool fits = llvm::all_of(plan.regions, [&](const ArenaRegion &region) {
    return isAligned(region.bytes);
  });
  for (const PlannedBuffer &buffer : plan.buffers)
    fits &= isAligned(buffer.placement.offset);
  if (fits)
    return success();
  return function.emitOpError()
         << "has places in its arena that are no multiples of " << alignment
         << " bytes, as '" << target.name
         << "' needs them: run --llama-plan-memory=alignment=" << alignment
         << " on a function without a plan";
}

void FunctionLowering::addChecks(Block::BlockArgListType arguments) {
  Value user = kernels.getString(builder, signature.name);
  if (target.isDevice())
    check("llamir_open_device", {getStatus(kernels.getDevice())});
  if (needsMatrixTiles())
    check("llamir_rt_request_tiles", {user});
  auto checkArray = [&](Value array, Value bytes, StringRef name) {
    check("llamir_rt_check_array",
          {array, bytes, user, kernels.getString(builder, name)});
  };
  if (signature.usesWeights)
    checkArray(arguments[0], getNumber(weightsBytes), "weights");
  checkArray(arguments[1], getArenaBytes(plan.regions.size()), "arena");
  auto arrays = arguments.drop_front(2 + signature.sizes.size());
  for (auto [pointer, array] : llvm::zip_equal(arrays, getArrays()))
    checkArray(pointer, getBytes(array), array.name);
}

void FunctionLowering::addIndexChecks(Block::BlockArgListType arguments) {
  Value user = kernels.getString(builder, signature.name);
  auto arrays = arguments.drop_front(2 + signature.sizes.size());
  for (auto [array, pointer] : llvm::zip_first(signature.arguments, arrays)) {
    if (!array.indexLimit)
      continue;
    Value count = LLVM::UDivOp::create(builder, getBytes(array), getNumber(4));
    check("llamir_rt_check_indices",
          {pointer, count, getNumber(*array.indexLimit), user,
           kernels.getString(builder, array.name)});
  }
}

void FunctionLowering::addAlignmentChecks(Block::BlockArgListType arguments) {
  constexpr int64_t piece = 16;
  Value user = kernels.getString(builder, signature.name);
  auto arrays = arguments.drop_front(2 + signature.sizes.size());
  for (auto [pointer, array] : llvm::zip_equal(arrays, getArrays())) {
    int64_t width = getStoredShape(array.type).back(),
            bits = array.type.getElementTypeBitWidth();
    if (!ShapedType::isDynamic(width) && width * bits % (8 * piece) == 0)
      check("llamir_rt_check_alignment",
            {pointer, user, kernels.getString(builder, array.name)});
  }
}

LogicalResult FunctionLowering::bindWeight(GetWeightOp get, Value weights) {
  auto weight = symbols.lookup<WeightOp>(get.getWeight());
  auto offset =
      weight->getAttrOfType<IntegerAttr>(LlamaDialect::offsetAttrName);
  int64_t bytes = getWeightBytes(weight.getTensorType());
  if (!offset || offset.getInt() < 0 || offset.getInt() % 64 != 0 ||
      offset.getInt() > weightsBytes - bytes)
    return weight.emitOpError()
           << "has no valid place in the packed weights: run "
              "--llama-layout-weights first";
  places[get] = {move(weights, getNumber(offset.getInt())), getRowStride(get)};
  return success();
}

void FunctionLowering::bindSplit(SplitOp split) {
  Place whole = places.lookup(split.getX());
  int64_t column = 0;
  for (Value part : split.getParts()) {
    auto type = cast<RankedTensorType>(part.getType());
    int64_t bytes = column * (type.getElementTypeBitWidth() / 8);
    places[part] = {move(whole.pointer, getNumber(bytes)), whole.rowStride};
    column += type.getDimSize(1);
  }
}

void FunctionLowering::bindResult(const PlannedBuffer &buffer, Value arena,
                                  Block::BlockArgListType results) {
  const Placement &placement = buffer.placement;
  Place &place = places[buffer.value];
  place.rowStride = getRowStride(buffer.value);
  if (placement.functionResult) {
    place.pointer = results[*placement.functionResult];
    return;
  }
  if (placement.region != 0)
    arena = move(arena, getArenaBytes(placement.region));
  place.pointer = move(arena, getProduct(buffer.dims, placement.offset));
}

LogicalResult FunctionLowering::lowerLaunch(LaunchOp launch, int32_t index) {
  SmallVector<Value> arguments = {getStatus(index)};
  SmallVector<Value> arrays(launch.getOperands());
  llvm::append_range(arrays, launch.getResults());
  for (Value array : arrays) {
    Place place = places.lookup(array);
    arguments.push_back(place.pointer);
    for (StringAttr dim : hostSizes.dims.lookup(array))
      arguments.push_back(sizes.lookup(dim));
    if (place.rowStride)
      arguments.push_back(place.rowStride);
  }
  FailureOr<LLVM::LLVMFuncOp> launcher = kernels.getLauncher(launch);
  if (failed(launcher))
    return failure();
  leaveOnError(LLVM::CallOp::create(builder, *launcher, arguments).getResult());
  return success();
}

/// Fills the results that no launch wrote in place: arguments, weights, parts
/// of wider tensors, and values that are returned twice.
void FunctionLowering::copyResults(Block::BlockArgListType results) {
  Operation *end = function.getBody().front().getTerminator();
  for (OpOperand &operand : end->getOpOperands()) {
    unsigned index = operand.getOperandNumber();
    bool inPlace = llvm::any_of(plan.buffers, [&](const PlannedBuffer &buffer) {
      return buffer.placement.functionResult == index;
    });
    if (inPlace)
      continue;
    Place place = places.lookup(operand.get());
    const HostArray &array = signature.results[index];
    int64_t elementBytes = array.type.getElementTypeBitWidth() / 8;
    Value rows = getNumber(1), rowBytes = getBytes(array), stride = rowBytes;
    if (place.rowStride) {
      rows = array.type.isDynamicDim(0) ? sizes.lookup(array.dims.front())
                                        : getNumber(array.type.getDimSize(0));
      rowBytes = multiply(getRowStride(operand.get()), elementBytes);
      stride = multiply(place.rowStride, elementBytes);
    }
    if (target.isDevice()) {
      check("llamir_rt_copy_rows_on_device",
            {results[index], place.pointer, rows, rowBytes, stride,
             getStatus(kernels.getDevice())});
      continue;
    }
    Type none = LLVM::LLVMVoidType::get(function.getContext());
    LLVM::CallOp::create(
        builder,
        kernels.getRuntime("llamir_rt_copy_rows", none,
                           {pointer, pointer, i64, i64, i64}),
        ValueRange{results[index], place.pointer, rows, rowBytes, stride});
  }
}

SmallVector<Type> FunctionLowering::getArgumentTypes() {
  SmallVector<Type> types = {pointer, pointer};
  types.append(signature.sizes.size(), i64);
  types.append(signature.arguments.size() + signature.results.size(), pointer);
  return types;
}

FailureOr<LLVM::LLVMFuncOp> FunctionLowering::lowerFunction() {
  LLVM::LLVMFuncOp lowered = addFunction(
      target.isDevice() ? signature.getDeviceFunction() : signature.name, i32,
      getArgumentTypes());
  Block::BlockArgListType all = lowered.getArguments();
  Value weights = all[0], arena = all[1];
  auto arguments =
      all.slice(2 + signature.sizes.size(), signature.arguments.size());
  auto results = all.take_back(signature.results.size());

  bindSizes(all.slice(2, signature.sizes.size()));
  addChecks(all);
  if (!target.isDevice())
    addIndexChecks(all);
  else if (target.getDevice().interface == DeviceInterface::CUDA)
    addAlignmentChecks(all);
  for (auto [value, argument] :
       llvm::zip_equal(function.getArguments(), arguments))
    places[value] = {argument, getRowStride(value)};
  for (const PlannedBuffer &buffer : plan.buffers)
    bindResult(buffer, arena, results);
  int32_t index = 0;
  for (Operation &op : function.getBody().front().without_terminator()) {
    if (auto get = dyn_cast<GetWeightOp>(op)) {
      if (failed(bindWeight(get, weights)))
        return failure();
    } else if (auto split = dyn_cast<SplitOp>(op)) {
      bindSplit(split);
    } else {
      builder.setLoc(op.getLoc());
      if (failed(lowerLaunch(cast<LaunchOp>(op), index++)))
        return failure();
    }
  }
  builder.setLoc(function.getLoc());
  copyResults(results);
  LLVM::ReturnOp::create(builder, getStatus(0));
  builder.setInsertionPointToEnd(exit);
  LLVM::ReturnOp::create(builder, exit->getArgument(0));
  return lowered;
}

//===----------------------------------------------------------------------===//
// The other functions
//===----------------------------------------------------------------------===//

Value FunctionLowering::getAlignedBytes(const HostArray &array) {
  int64_t alignment = target.getArenaAlignment();
  Value most =
      LLVM::AddOp::create(builder, getBytes(array), getNumber(alignment - 1));
  return LLVM::AndOp::create(builder, most, getNumber(-alignment));
}

LLVM::LLVMFuncOp FunctionLowering::lowerCopies(LLVM::LLVMFuncOp onDevice) {
  LLVM::LLVMFuncOp lowered =
      addFunction(signature.name, i32, getArgumentTypes());
  Block::BlockArgListType all = lowered.getArguments();
  bindSizes(all.slice(2, signature.sizes.size()));
  addChecks(all);
  addIndexChecks(all);
  // Copies of the arrays lie behind what the arena holds otherwise.
  Value arena = all[1], offset = getArenaBytes(plan.regions.size());
  Value device = getStatus(kernels.getDevice());
  SmallVector<Value> passed(all.take_front(2 + signature.sizes.size()));
  auto arrays = all.drop_front(passed.size());
  for (auto [index, array] : llvm::enumerate(getArrays())) {
    Value copy = move(arena, offset);
    passed.push_back(copy);
    if (index < signature.arguments.size())
      check("llamir_copy_to_device",
            {device, copy, arrays[index], getBytes(array)});
    offset = LLVM::AddOp::create(builder, offset, getAlignedBytes(array))
                 .getResult();
  }
  leaveOnError(LLVM::CallOp::create(builder, onDevice, passed).getResult());
  auto copies = ArrayRef(passed).take_back(signature.results.size());
  for (auto [array, copy, result] :
       llvm::zip_equal(signature.results, copies, all.take_back(copies.size())))
    check("llamir_copy_from_device", {device, result, copy, getBytes(array)});
  LLVM::ReturnOp::create(builder, getStatus(0));
  builder.setInsertionPointToEnd(exit);
  LLVM::ReturnOp::create(builder, exit->getArgument(0));
  return lowered;
}

LLVM::LLVMFuncOp FunctionLowering::lowerArenaFunction() {
  SmallVector<Type> types(signature.sizes.size(), i64);
  LLVM::LLVMFuncOp lowered =
      addFunction(signature.getArenaFunction(), i64, types);
  bindSizes(lowered.getArguments());
  Value bytes = getArenaBytes(plan.regions.size());
  if (target.isDevice())
    for (const HostArray &array : getArrays())
      bytes = LLVM::AddOp::create(builder, bytes, getAlignedBytes(array));
  LLVM::ReturnOp::create(builder, bytes);
  builder.setInsertionPointToEnd(exit);
  LLVM::ReturnOp::create(builder, getNumber(-1));
  if (exit->hasNoPredecessors())
    exit->erase();
  return lowered;
}

void FunctionLowering::lowerCall(const std::string &name,
                                 LLVM::LLVMFuncOp callee, bool hasArrays) {
  // weights and arena, if there are arrays; sizes; arrays.
  size_t passed = hasArrays ? 2 : 0;
  LLVM::LLVMFuncOp lowered =
      addFunction(name, callee.getFunctionType().getReturnType(),
                  SmallVector<Type>(hasArrays ? 4 : 1, pointer));
  Block::BlockArgListType given = lowered.getArguments();
  SmallVector<Value> arguments(given.take_front(passed));
  for (size_t i = 0; i < signature.sizes.size(); ++i)
    arguments.push_back(
        loadField(builder, i64, i64, given[passed], {int32_t(i)}));
  if (hasArrays) {
    // llamir_array of llamir_runtime.h.
    Type arrayType =
        LLVM::LLVMStructType::getLiteral(builder.getContext(), {pointer, i32});
    Value user = kernels.getString(builder, signature.name);
    for (auto [i, array] : llvm::enumerate(getArrays())) {
      check(
          "llamir_rt_check_type",
          {loadField(builder, i32, arrayType, given[3], {int32_t(i), 1}),
           getStatus(getRuntimeType(getArrayType(array.type.getElementType()))),
           user, kernels.getString(builder, array.name)});
      arguments.push_back(
          loadField(builder, pointer, arrayType, given[3], {int32_t(i), 0}));
    }
  }
  Value result = LLVM::CallOp::create(builder, callee, arguments).getResult();
  LLVM::ReturnOp::create(builder, result);
  if (exit->hasNoPredecessors()) {
    exit->erase();
    return;
  }
  builder.setInsertionPointToEnd(exit);
  LLVM::ReturnOp::create(builder, exit->getArgument(0));
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// Nothing that stays in the module may have the name of a function that the
/// pass writes or calls.
static LogicalResult checkSymbols(ModuleOp module,
                                  const ModuleSignature &signature) {
  llvm::StringSet<> names;
  for (const HostSignature &host : signature.functions)
    for (const std::string &name : host.getFunctions())
      names.insert(name);
  auto symbols = module.getOps<SymbolOpInterface>();
  for (SymbolOpInterface symbol : symbols)
    if (isa<halide::PipelineOp>(symbol))
      names.insert(signature.getKernelName(symbol.getName()) + "_argv");
  for (SymbolOpInterface symbol : symbols) {
    auto function = dyn_cast<func::FuncOp>(*symbol);
    if (function && isHostFunction(function))
      continue; // Will be erased.
    // Declared by --convert-halide-extern-to-llvm.
    auto lowered = dyn_cast<LLVM::LLVMFuncOp>(*symbol);
    if (lowered && lowered.isExternal() &&
        llvm::is_contained({answerQueryName, needRowsName}, symbol.getName()))
      continue;
    if (names.contains(symbol.getName()) ||
        symbol.getName().starts_with("llamir_rt_"))
      return symbol->emitOpError()
             << "has the name '" << symbol.getName()
             << "', which a function of the host code needs";
  }
  return success();
}

namespace {
class ConvertLlamaHostToLLVM
    : public llamir::impl::ConvertLlamaHostToLLVMBase<ConvertLlamaHostToLLVM> {
public:
  using ConvertLlamaHostToLLVMBase::ConvertLlamaHostToLLVMBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<TargetInfo> info = getTarget(target, module);
    if (failed(info))
      return signalPassFailure();
    FailureOr<ModuleSignature> signature = getModuleSignature(module, prefix);
    if (failed(signature))
      return signalPassFailure();
    if (failed(checkSymbols(module, *signature)))
      return signalPassFailure();
    SymbolTable symbols(module);
    HostKernels kernels(module, *signature, getRuntimeDevice(*info));
    for (const HostSignature &host : signature->functions) {
      auto function = symbols.lookup<func::FuncOp>(host.symbol);
      FailureOr<MemoryPlan> plan = readMemoryPlan(function);
      FailureOr<HostSizes> sizes = readHostSizes(function);
      if (failed(plan) || failed(sizes) ||
          failed(FunctionLowering(function, host, *plan, *sizes, *info, symbols,
                                  kernels)
                     .lower()))
        return signalPassFailure();
    }
    for (auto function :
         llvm::make_early_inc_range(module.getOps<func::FuncOp>()))
      if (isHostFunction(function))
        function.erase();
  }
};
} // namespace
