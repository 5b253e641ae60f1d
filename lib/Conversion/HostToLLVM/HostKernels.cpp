//===- HostKernels.cpp - What host functions call -------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostKernels.h"
#include "HalideBuffers.h"
#include "HalideRuntime.h"
#include "llamir/Conversion/HostToLLVM/MemoryPlan.h"
#include "llamir/Runtime/llamir_runtime.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

bool HostKernels::hasRows(RankedTensorType type) {
  return type.getRank() >= 2 && !getPanels(type);
}

LLVM::LLVMFuncOp HostKernels::getRuntime(StringRef name, Type result,
                                         ArrayRef<Type> arguments) {
  LLVM::LLVMFuncOp &function = declarations[name];
  if (!function) {
    OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
    function = LLVM::LLVMFuncOp::create(
        builder, module.getLoc(), name,
        LLVM::LLVMFunctionType::get(result, arguments));
  }
  return function;
}

Value HostKernels::getString(ImplicitLocOpBuilder &builder, StringRef text) {
  LLVM::GlobalOp &global = strings[text];
  if (!global) {
    std::string bytes = text.str() + '\0';
    auto type = LLVM::LLVMArrayType::get(builder.getI8Type(), bytes.size());
    OpBuilder atEnd = OpBuilder::atBlockEnd(module.getBody());
    global = LLVM::GlobalOp::create(atEnd, module.getLoc(), type,
                                    /*isConstant=*/true, LLVM::Linkage::Private,
                                    "c.string", builder.getStringAttr(bytes));
    symbols.insert(global);
  }
  return LLVM::AddressOfOp::create(builder, global);
}

//===----------------------------------------------------------------------===//
// Halide's buffers
//===----------------------------------------------------------------------===//

/// llamir_launch of llamir_runtime.h as LLVM has it.
static LLVM::LLVMStructType getLaunchType(Builder &builder) {
  Type i32 = builder.getI32Type();
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext());
  return LLVM::LLVMStructType::getLiteral(
      builder.getContext(), {pointer, i32, i32, i32, pointer, i32});
}

/// halide_type_t: code, bits and lanes in 8, 8 and 16 bits.
static int64_t getTypeCode(Type type) {
  halide_type_code_t code = isa<BFloat16Type>(type) ? halide_type_bfloat
                            : isa<FloatType>(type)  ? halide_type_float
                                                    : halide_type_int;
  return int64_t(code) | int64_t(type.getIntOrFloatBitWidth()) << 8 | 1 << 16;
}

/// Stores a field of a struct at `base`.
static void storeField(ImplicitLocOpBuilder &builder, Type type, Value base,
                       ArrayRef<LLVM::GEPArg> path, Value value) {
  Value place = LLVM::GEPOp::create(builder, base.getType(), type, base, path);
  LLVM::StoreOp::create(builder, value, place);
}

void HostKernels::fillBuffer(ImplicitLocOpBuilder &builder, Value buffer,
                             Value dims, RankedTensorType tensor,
                             halide::BufferType type,
                             Block::BlockArgListType &arguments) {
  Type i32 = builder.getI32Type();
  auto take = [&]() -> Value {
    Value first = arguments.front();
    arguments = arguments.drop_front();
    return first;
  };
  auto narrow = [&](Value value) -> Value {
    return LLVM::TruncOp::create(builder, i32, value);
  };
  Value host = take();
  Value size = tensor.hasStaticShape() ? Value() : narrow(take());
  Value rowStride = hasRows(tensor) ? narrow(take()) : Value();

  // A buffer may divide a row into several dimensions; its outermost is that of
  // the rows.
  auto dimension = getHalideDimensionType(builder);
  Value zero = getLLVMConstant(builder, i32, 0);
  int64_t dense = 1;
  int32_t rank = type.getRank();
  for (auto [dim, extent] : llvm::enumerate(type.getShape())) {
    bool isRows = rowStride && int32_t(dim) + 1 == rank && rank > 1;
    Value fields[] = {
        zero,
        ShapedType::isDynamic(extent) ? size
                                      : getLLVMConstant(builder, i32, extent),
        isRows ? rowStride : getLLVMConstant(builder, i32, dense), zero};
    for (auto [field, value] : llvm::enumerate(fields))
      storeField(builder, dimension, dims,
                 {LLVM::GEPArg(int32_t(dim)), LLVM::GEPArg(int32_t(field))},
                 value);
    if (!ShapedType::isDynamic(extent))
      dense *= extent;
  }

  auto bufferType = getHalideBufferType(builder);
  Value none = LLVM::ZeroOp::create(builder, host.getType());
  Value noFlags = getLLVMConstant(builder, builder.getI64Type(), 0);
  Value fields[] = {
      noFlags,
      none,
      host,
      noFlags,
      getLLVMConstant(builder, i32, getTypeCode(type.getElementType())),
      getLLVMConstant(builder, i32, rank),
      dims,
      none};
  for (auto [field, value] : llvm::enumerate(fields))
    storeField(builder, bufferType, buffer, {0, int32_t(field)}, value);
}

//===----------------------------------------------------------------------===//
// Launchers
//===----------------------------------------------------------------------===//

LLVM::LLVMFuncOp HostKernels::getKernel(StringRef name) {
  Builder builder(module.getContext());
  return getRuntime(signature.getKernelName(name) + "_argv",
                    builder.getI32Type(),
                    {LLVM::LLVMPointerType::get(module.getContext())});
}

/// Whether a library's product, with `before` and `rest`, which may be null,
/// can stand for that of a pipeline, whose weight is an argument behind
/// `operands` ones, with a bias behind it if it is `biased`: the types are as
/// llamir_rt_run_product has it.
static bool fitsProduct(halide::PipelineOp pipeline, int64_t operands,
                        bool biased, halide::PipelineOp before,
                        halide::PipelineOp rest) {
  SmallVector<Type> parameters = pipeline.getParameterTypes();
  int64_t firstOfRest = operands + 1 + biased;
  if (int64_t(parameters.size()) <= firstOfRest)
    return false;
  auto first = dyn_cast<halide::BufferType>(parameters[0]);
  auto weight = dyn_cast<halide::BufferType>(parameters[operands]);
  if (!first || !weight || first.getRank() != 2 || weight.getRank() != 4 ||
      weight.getShape()[1] != 1 ||
      ShapedType::isDynamicShape(weight.getShape()))
    return false;
  auto getRows = [&](int64_t width) {
    return halide::BufferType::get(first.getContext(),
                                   {width, first.getShape().back()},
                                   weight.getElementType());
  };
  SmallVector<Type> read(ArrayRef(parameters).take_front(operands));
  if (before)
    read.push_back(getRows(weight.getShape()[0] * weight.getShape()[2]));
  if (before ? before.getParameterTypes() != read
             : first.getElementType() != weight.getElementType())
    return false;
  if (biased &&
      parameters[operands + 1] !=
          halide::BufferType::get(first.getContext(), weight.getShape().back(),
                                  weight.getElementType()))
    return false;
  SmallVector<Type> behind(ArrayRef(parameters).drop_front(firstOfRest)),
      left = rest ? rest.getParameterTypes() : behind;
  if (rest)
    behind.insert(behind.begin(), halide::BufferType());
  behind.front() = getRows(weight.getShape().back());
  return left == behind;
}

ImplicitLocOpBuilder HostKernels::beginEntry(halide::PipelineOp pipeline,
                                             StringRef prefix) {
  Location loc = pipeline.getLoc();
  OpBuilder atEnd = OpBuilder::atBlockEnd(module.getBody());
  auto entry = LLVM::LLVMFuncOp::create(
      atEnd, loc, (prefix + "." + pipeline.getSymName()).str(),
      getKernel(pipeline.getSymName()).getFunctionType(),
      LLVM::Linkage::Internal);
  symbols.insert(entry);
  return ImplicitLocOpBuilder::atBlockEnd(loc, entry.addEntryBlock(atEnd));
}

LLVM::LLVMFuncOp HostKernels::endEntry(ImplicitLocOpBuilder &builder,
                                       StringRef runtime,
                                       ArrayRef<Value> arguments) {
  Type i32 = builder.getI32Type();
  SmallVector<Type> types(ValueRange(arguments).getTypes());
  auto status =
      LLVM::CallOp::create(builder, getRuntime(runtime, i32, types), arguments);
  LLVM::ReturnOp::create(builder, status.getResult());
  return cast<LLVM::LLVMFuncOp>(builder.getBlock()->getParentOp());
}

FailureOr<LLVM::LLVMFuncOp> HostKernels::getEntry(halide::PipelineOp pipeline) {
  if (device == LLAMIR_CUDA) {
    if (auto product =
            pipeline->getAttrOfType<ProductAttr>(LlamaDialect::productAttrName))
      return getProductEntry(pipeline, product);
    if (auto tensor = pipeline->getAttrOfType<TensorKernelAttr>(
            LlamaDialect::tensorCoresAttrName))
      return getTensorEntry(pipeline, tensor);
  }
  return getKernel(pipeline.getSymName());
}

FailureOr<LLVM::LLVMFuncOp>
HostKernels::getTensorEntry(halide::PipelineOp pipeline,
                            TensorKernelAttr tensor) {
  auto fail = [&](const Twine &why) -> InFlightDiagnostic {
    return std::move(pipeline.emitOpError()
                     << "has the '" << LlamaDialect::tensorCoresAttrName << "' "
                     << tensor.getFunction() << ", " << why);
  };
  for (Type type : pipeline.getParameterTypes())
    if (auto buffer = dyn_cast<halide::BufferType>(type);
        !buffer || buffer.getRank() < 2)
      return fail("which takes arrays of rows");
  StringRef name = tensor.getFunction().getLeafReference();
  auto binary =
      symbols.lookup<gpu::BinaryOp>(tensor.getFunction().getRootReference());
  if (!binary || binary.getObjects().size() != 1)
    return fail("of which there is no PTX: run --serialize-tensor-kernels "
                "first");
  StringRef ptx = cast<gpu::ObjectAttr>(binary.getObjects()[0]).getObject();
  StringRef entry = ptx.split((".entry " + name + "(").str()).second;
  if (entry.empty())
    return fail("which its module does not have");
  size_t count = pipeline.getParameterTypes().size();
  if (entry.split(')').first.count(".param ") != 3 * count)
    return fail("which does not take an address, rows and their distance of " +
                Twine(count) + " arrays");

  ImplicitLocOpBuilder builder = beginEntry(pipeline, "tensor");
  MLIRContext *context = builder.getContext();
  Type i32 = builder.getI32Type();
  Type pointer = LLVM::LLVMPointerType::get(context);
  auto type = LLVM::LLVMStructType::getLiteral(
      context, {pointer, pointer, i32, i32, i32, i32});
  // The runtime knows what it has loaded by the record's address.
  OpBuilder atEnd = OpBuilder::atBlockEnd(module.getBody());
  auto record = LLVM::GlobalOp::create(
      atEnd, pipeline.getLoc(), type, /*isConstant=*/true,
      LLVM::Linkage::Private, ("tensor_kernel." + pipeline.getSymName()).str(),
      Attribute());
  symbols.insert(record);
  Block *block = atEnd.createBlock(&record.getInitializerRegion());
  auto inRecord = ImplicitLocOpBuilder::atBlockEnd(pipeline.getLoc(), block);
  Value fields[] = {getString(inRecord, ptx),
                    getString(inRecord, name),
                    getLLVMConstant(inRecord, i32, tensor.getParts()),
                    getLLVMConstant(inRecord, i32, tensor.getRows()),
                    getLLVMConstant(inRecord, i32, tensor.getThreads()),
                    getLLVMConstant(inRecord, i32, tensor.getLeast())};
  Value filled = LLVM::PoisonOp::create(inRecord, type);
  for (auto [index, field] : llvm::enumerate(fields))
    filled = LLVM::InsertValueOp::create(inRecord, filled, field, index);
  LLVM::ReturnOp::create(inRecord, filled);

  Value arguments[] = {
      builder.getBlock()->getArgument(0), getLLVMConstant(builder, i32, count),
      LLVM::AddressOfOp::create(builder, record),
      LLVM::AddressOfOp::create(builder, getKernel(pipeline.getSymName()))};
  return endEntry(builder, "llamir_rt_run_tensor_kernel", arguments);
}

FailureOr<LLVM::LLVMFuncOp>
HostKernels::getProductEntry(halide::PipelineOp pipeline, ProductAttr product) {
  auto fail = [&](StringRef why) -> InFlightDiagnostic {
    return std::move(pipeline.emitOpError()
                     << "has the '" << LlamaDialect::productAttrName << "' "
                     << product << ", " << why);
  };
  auto lookup = [&](FlatSymbolRefAttr name) {
    return name ? symbols.lookup<halide::PipelineOp>(name.getValue())
                : halide::PipelineOp();
  };
  halide::PipelineOp before = lookup(product.getBefore()),
                     rest = lookup(product.getRest());
  if ((product.getBefore() &&
       (!before || before.getParameterTypes().empty())) ||
      (product.getRest() && !rest))
    return fail("which names something that is no kernel of rows");
  int32_t operands = before ? before.getParameterTypes().size() - 1 : 1;
  if (!fitsProduct(pipeline, operands, product.getBiased(), before, rest))
    return fail("whose buffers do not fit its product");
  auto weight =
      cast<halide::BufferType>(pipeline.getParameterTypes()[operands]);
  int32_t count = pipeline.getParameterTypes().size();
  ImplicitLocOpBuilder builder = beginEntry(pipeline, "product");
  Type i32 = builder.getI32Type();
  auto getAddress = [&](halide::PipelineOp other) -> Value {
    if (!other)
      return LLVM::ZeroOp::create(
          builder, LLVM::LLVMPointerType::get(builder.getContext()));
    return LLVM::AddressOfOp::create(builder, getKernel(other.getSymName()));
  };
  Value arguments[] = {
      builder.getBlock()->getArgument(0),
      getLLVMConstant(builder, i32, count),
      getLLVMConstant(builder, i32, operands),
      getLLVMConstant(builder, i32, product.getBiased()),
      getLLVMConstant(builder, i32,
                      getRuntimeType(getArrayType(weight.getElementType()))),
      getAddress(pipeline),
      getAddress(before),
      getAddress(rest)};
  return endEntry(builder, "llamir_rt_run_product", arguments);
}

void HostKernels::fillLauncher(LLVM::LLVMFuncOp launcher, LaunchOp launch,
                               halide::PipelineOp pipeline,
                               LLVM::LLVMFuncOp entryFunction,
                               ArrayRef<RankedTensorType> types) {
  Block *entry = launcher.addEntryBlock(*std::make_unique<OpBuilder>(launcher));
  auto builder = ImplicitLocOpBuilder::atBlockEnd(launch.getLoc(), entry);
  Type i32 = builder.getI32Type();
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext());
  auto allocate = [&](Type type, int64_t count) -> Value {
    return LLVM::AllocaOp::create(
        builder, pointer, type,
        getLLVMConstant(builder, builder.getI64Type(), count));
  };
  Value argv = allocate(pointer, types.size());
  Block::BlockArgListType arguments = entry->getArguments();
  Value index = arguments.front();
  arguments = arguments.drop_front();
  for (auto [number, tensor, parameter] :
       llvm::enumerate(types, pipeline.getParameterTypes())) {
    auto type = cast<halide::BufferType>(parameter);
    Value buffer = allocate(getHalideBufferType(builder), 1);
    Value dims = allocate(getHalideDimensionType(builder), type.getRank());
    fillBuffer(builder, buffer, dims, tensor, type, arguments);
    storeField(builder, pointer, argv, {LLVM::GEPArg(int32_t(number))}, buffer);
  }

  Value record = allocate(getLaunchType(builder), 1);
  Value fields[] = {getString(builder, launch.getKernel()),
                    index,
                    getLLVMConstant(builder, i32, launch.getOperands().size()),
                    getLLVMConstant(builder, i32, launch.getNumResults()),
                    argv,
                    getLLVMConstant(builder, i32, device)};
  for (auto [field, value] : llvm::enumerate(fields))
    storeField(builder, getLaunchType(builder), record, {0, int32_t(field)},
               value);
  Value entryPoint = LLVM::AddressOfOp::create(builder, entryFunction);
  auto status = LLVM::CallOp::create(
      builder, getRuntime("llamir_rt_launch", i32, {pointer, pointer}),
      ValueRange{entryPoint, record});
  LLVM::ReturnOp::create(builder, status.getResult());
}

/// Whether a buffer describes the memory of a tensor: as many elements of the
/// same type, and the rows, or what is dynamic, outermost.
static bool describes(Type parameter, RankedTensorType tensor) {
  auto buffer = dyn_cast<halide::BufferType>(parameter);
  if (!buffer || tensor.getRank() == 0 || buffer.getRank() == 0 ||
      buffer.getElementType() != tensor.getElementType())
    return false;
  // Dimensions of a tensor go from the outermost one, of a buffer to it. Below
  // the outermost both are static, and the buffer may divide them.
  SmallVector<int64_t> shape = getStoredShape(tensor);
  ArrayRef<int64_t> rows = shape, extents = buffer.getShape();
  if (HostKernels::hasRows(tensor) || ShapedType::isDynamic(rows.front())) {
    if (rows.front() != extents.back())
      return false;
    rows = rows.drop_front();
    extents = extents.drop_back();
  }
  if (ShapedType::isDynamicShape(rows) || ShapedType::isDynamicShape(extents))
    return false;
  return ShapedType::getNumElements(rows) ==
         ShapedType::getNumElements(extents);
}

FailureOr<LLVM::LLVMFuncOp> HostKernels::getLauncher(LaunchOp launch) {
  LLVM::LLVMFuncOp &launcher = launchers[launch.getKernel()];
  if (launcher)
    return launcher;
  auto pipeline = symbols.lookup<halide::PipelineOp>(launch.getKernel());
  if (!pipeline)
    return launch.emitOpError() << "kernel '" << launch.getKernel()
                                << "' is no halide.pipeline yet: run "
                                   "--convert-llama-to-halide first";
  SmallVector<RankedTensorType> types;
  for (Type type : launch.getOperandTypes())
    types.push_back(cast<RankedTensorType>(type));
  for (Type type : launch.getResultTypes())
    types.push_back(cast<RankedTensorType>(type));
  SmallVector<Type> parameters = pipeline.getParameterTypes();
  bool fits = parameters.size() == types.size();
  for (auto [parameter, type] : llvm::zip(parameters, types))
    fits &= describes(parameter, type);
  if (!fits)
    return launch.emitOpError()
           << "the buffers of kernel '" << launch.getKernel()
           << "' do not fit its operands and results";
  FailureOr<LLVM::LLVMFuncOp> entry = getEntry(pipeline);
  if (failed(entry))
    return failure();

  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  Type i64 = builder.getI64Type();
  SmallVector<Type> arguments = {builder.getI32Type()};
  for (RankedTensorType type : types) {
    arguments.push_back(LLVM::LLVMPointerType::get(builder.getContext()));
    arguments.append(type.getNumDynamicDims(), i64);
    if (hasRows(type))
      arguments.push_back(i64);
  }
  launcher = LLVM::LLVMFuncOp::create(
      builder, launch.getLoc(), "launch." + launch.getKernel().str(),
      LLVM::LLVMFunctionType::get(builder.getI32Type(), arguments),
      LLVM::Linkage::Internal);
  symbols.insert(launcher);
  fillLauncher(launcher, launch, pipeline, *entry, types);
  return launcher;
}
