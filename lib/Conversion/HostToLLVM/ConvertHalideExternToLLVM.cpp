//===- ConvertHalideExternToLLVM.cpp - Functions that kernels call --------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A function that computes a func is lowered by MLIR's own passes. Halide calls
// it through one that takes its buffers: with buffers that have no memory yet
// it is asked what the function needs, with others it describes them as
// memrefs.
//
//===----------------------------------------------------------------------===//

#include "../UnloweredOps.h"
#include "HalideBuffers.h"
#include "dialects/halide/HalideDialect.h"
#include "llamir/Conversion/HostToLLVM/HostSignature.h"
#include "llamir/Conversion/HostToLLVM/Passes.h"
#include "llamir/Support/TargetInfo.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/FunctionCallUtils.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

namespace llamir {
#define GEN_PASS_DEF_CONVERTHALIDEEXTERNTOLLVM
#include "llamir/Conversion/HostToLLVM/Passes.h.inc"
} // namespace llamir

//===----------------------------------------------------------------------===//
// What Halide calls
//===----------------------------------------------------------------------===//

namespace {
/// Writes the function that Halide calls for a func that `body`, once of the
/// type `type`, computes.
class EntryBuilder {
public:
  EntryBuilder(ModuleOp module, ExternOp op, FunctionType type,
               LLVM::LLVMFuncOp body)
      : module(module), op(op), type(type), body(body),
        builder(body.getLoc(), OpBuilder::atBlockEnd(module.getBody())),
        i32(builder.getI32Type()), i64(builder.getI64Type()),
        pointer(LLVM::LLVMPointerType::get(module.getContext())) {}

  LLVM::LLVMFuncOp build(StringRef name);

private:
  Value getConstant(Type type, int64_t value) {
    return getLLVMConstant(builder, type, value);
  }
  Value callRuntime(StringRef name, Type result, ArrayRef<Value> arguments);
  /// A number of a dimension of a buffer.
  Value loadDimension(Value buffer, int64_t dim, DimensionField field) {
    Value dims = loadField(builder, pointer, getHalideBufferType(builder),
                           buffer, {0, int32_t(BufferField::Dim)});
    Value number = loadField(builder, i32, getHalideDimensionType(builder),
                             dims, {int32_t(dim), int32_t(field)});
    return LLVM::SExtOp::create(builder, i64, number);
  }
  /// Tells Halide what is needed of an input; whether it asked.
  Value addNeeds(Value input, Value result, MemRefType memref);
  /// A number of the rows of the result.
  Value loadRows(Value result, DimensionField field) {
    return loadDimension(result, op.getFunc().getType().getRank() - 1, field);
  }
  /// Adds the parts of a memref to `arguments`: a whole buffer, the outermost
  /// dimension first, or the rows of `result` of a func.
  void addMemRef(Value buffer, MemRefType memref, Value result,
                 SmallVectorImpl<Value> &arguments);

  ModuleOp module;
  ExternOp op;
  FunctionType type;
  LLVM::LLVMFuncOp body;
  ImplicitLocOpBuilder builder;
  Type i32, i64, pointer;
};
} // namespace

Value EntryBuilder::callRuntime(StringRef name, Type result,
                                ArrayRef<Value> arguments) {
  SmallVector<Type> types;
  for (Value argument : arguments)
    types.push_back(argument.getType());
  FailureOr<LLVM::LLVMFuncOp> function =
      LLVM::lookupOrCreateFn(builder, module, name, types, result);
  assert(succeeded(function) && "one type for each name");
  return LLVM::CallOp::create(builder, *function, arguments).getResult();
}

Value EntryBuilder::addNeeds(Value input, Value result, MemRefType memref) {
  ArrayRef<int64_t> inner = memref.getShape().drop_front();
  Value extents = LLVM::AllocaOp::create(builder, pointer, i32,
                                         getConstant(i64, memref.getRank()));
  for (auto [dim, extent] : llvm::enumerate(llvm::reverse(inner))) {
    Value place = LLVM::GEPOp::create(builder, pointer, i32, extents,
                                      ArrayRef<LLVM::GEPArg>{int32_t(dim)});
    LLVM::StoreOp::create(builder, getConstant(i32, extent), place);
  }
  return callRuntime(needRowsName, i32, {input, result, extents});
}

void EntryBuilder::addMemRef(Value buffer, MemRefType memref, Value result,
                             SmallVectorImpl<Value> &arguments) {
  int64_t rank = memref.getRank();
  // A func may be there for more than what the function needs: for the rows of
  // other calls, and for what others read of it.
  Value offset;
  SmallVector<Value> sizes, strides;
  for (int64_t dim = rank - 1; dim >= 0; --dim) {
    Value stride = loadDimension(buffer, dim, DimensionField::Stride);
    int64_t extent = memref.getDimSize(rank - 1 - dim);
    Value size = getConstant(i64, extent);
    if (ShapedType::isDynamic(extent) && result)
      size = loadRows(result, DimensionField::Extent);
    else if (ShapedType::isDynamic(extent))
      size = loadDimension(buffer, dim, DimensionField::Extent);
    sizes.push_back(size);
    strides.push_back(stride);
    if (!result)
      continue;
    Value start = dim == rank - 1 ? loadRows(result, DimensionField::Min)
                                  : getConstant(i64, 0);
    Value skipped = LLVM::SubOp::create(
        builder, start, loadDimension(buffer, dim, DimensionField::Min));
    Value elements = LLVM::MulOp::create(builder, skipped, stride);
    offset = offset ? LLVM::AddOp::create(builder, offset, elements) : elements;
  }
  Value start = loadField(builder, pointer, getHalideBufferType(builder),
                          buffer, {0, int32_t(BufferField::Host)});
  if (offset)
    start = LLVM::GEPOp::create(builder, pointer, memref.getElementType(),
                                start, ArrayRef<LLVM::GEPArg>{offset});
  arguments.append({start, start, getConstant(i64, 0)});
  arguments.append(sizes);
  arguments.append(strides);
}

LLVM::LLVMFuncOp EntryBuilder::build(StringRef name) {
  size_t numInputs = op.getInputs().size();
  SmallVector<Type> types(numInputs, pointer);
  // The rows, by a multiple of which it is called, come after the constants.
  types.append(op.getConstants().size() + 1, i32);
  types.push_back(pointer);
  auto entry = LLVM::LLVMFuncOp::create(
      builder, name, LLVM::LLVMFunctionType::get(i32, types));
  builder.setInsertionPointToEnd(entry.addEntryBlock(builder));
  Block::BlockArgListType given = entry.getArguments();
  Value result = given.back(), rows = given.drop_back().back();

  Value asked = callRuntime(answerQueryName, i32, {result, rows});
  for (auto [index, input] : llvm::enumerate(op.getInputs())) {
    if (!isa<FuncType>(input.getType()))
      continue;
    Value other =
        addNeeds(given[index], result, cast<MemRefType>(type.getInput(index)));
    asked = LLVM::OrOp::create(builder, asked, other);
  }
  Block *first = builder.getInsertionBlock();
  Block *answered = builder.createBlock(&entry.getBody(), {});
  LLVM::ReturnOp::create(builder, getConstant(i32, 0));
  answered->moveBefore(&entry.getBody(), entry.getBody().end());
  Block *computes = builder.createBlock(&entry.getBody());
  builder.setInsertionPointToEnd(first);
  Value isQuery = LLVM::ICmpOp::create(builder, LLVM::ICmpPredicate::ne, asked,
                                       getConstant(i32, 0));
  LLVM::CondBrOp::create(builder, isQuery, answered, computes);

  builder.setInsertionPointToEnd(computes);
  SmallVector<Value> arguments;
  for (auto [index, input] : llvm::enumerate(op.getInputs()))
    addMemRef(given[index], cast<MemRefType>(type.getInput(index)),
              isa<FuncType>(input.getType()) ? result : Value(), arguments);
  for (Value constant : given.slice(numInputs, op.getConstants().size()))
    arguments.push_back(LLVM::SExtOp::create(builder, i64, constant));
  auto whole =
      cast<MemRefType>(type.getInput(numInputs + op.getConstants().size()));
  addMemRef(result, whole, Value(), arguments);
  for (int64_t dim = whole.getRank() - 2; dim >= 0; --dim)
    arguments.push_back(loadDimension(result, dim, DimensionField::Min));
  LLVM::CallOp::create(builder, body, arguments);
  LLVM::ReturnOp::create(builder, getConstant(i32, 0));
  return entry;
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
class ConvertHalideExternToLLVM
    : public llamir::impl::ConvertHalideExternToLLVMBase<
          ConvertHalideExternToLLVM> {
public:
  using ConvertHalideExternToLLVMBase::ConvertHalideExternToLLVMBase;

  void runOnOperation() override {
    if (failed(run()))
      signalPassFailure();
  }

private:
  LogicalResult run();
  /// Moves the functions to a module of their own and lowers it.
  FailureOr<ModuleOp> lower(ArrayRef<func::FuncOp> functions);
  /// Moves what was lowered to the module.
  LogicalResult moveBack(ModuleOp lowered);
  /// Makes what Halide calls by a name for a directive, unless another one has
  /// made it.
  LogicalResult addEntry(ExternOp op, const std::string &name,
                         FunctionType type, LLVM::LLVMFuncOp body,
                         llvm::StringMap<ExternOp> &entries);
};
} // namespace

FailureOr<ModuleOp>
ConvertHalideExternToLLVM::lower(ArrayRef<func::FuncOp> functions) {
  OpBuilder builder = OpBuilder::atBlockEnd(getOperation().getBody());
  ModuleOp lowered = ModuleOp::create(builder, getOperation().getLoc());
  for (func::FuncOp function : functions)
    function->moveBefore(lowered.getBody(), lowered.getBody()->end());
  OpPassManager passes(ModuleOp::getOperationName());
  passes.addPass(createLowerAffinePass());
  passes.addPass(createSCFToControlFlowPass());
  passes.addPass(memref::createExpandStridedMetadataPass());
  // Of which some are made of affine ops.
  passes.addPass(createLowerAffinePass());
  // Not every processor has a conversion to bf16.
  arith::ArithExpandOpsPassOptions expand;
  expand.includeBf16 = true;
  passes.addPass(arith::createArithExpandOpsPass(expand));
  passes.addPass(createConvertToLLVMPass());
  passes.addPass(createReconcileUnrealizedCastsPass());
  if (failed(runPipeline(passes, lowered)))
    return failure();
  WalkResult result = lowered.walk([&](Operation *op) {
    auto call = dyn_cast<LLVM::CallOp>(op);
    if (call && call.getCallee() == "memrefCopy") {
      call.emitOpError() << "is a copy of memrefs with strides, which needs a "
                            "library: write a loop";
      return WalkResult::interrupt();
    }
    if (op == lowered || isa<LLVM::LLVMDialect>(op->getDialect()))
      return WalkResult::advance();
    refuseUnlowered(op, "a function that 'halide.extern' calls");
    return WalkResult::interrupt();
  });
  if (result.wasInterrupted())
    return failure();
  return lowered;
}

/// What the functions use of the module must be lowered with them.
static LogicalResult checkUses(ArrayRef<func::FuncOp> functions) {
  llvm::StringSet<> names;
  for (func::FuncOp function : functions)
    names.insert(function.getSymName());
  for (func::FuncOp function : functions) {
    std::optional<SymbolTable::UseRange> uses =
        SymbolTable::getSymbolUses(function);
    for (SymbolTable::SymbolUse use : *uses)
      if (StringRef name = use.getSymbolRef().getRootReference();
          !names.contains(name))
        return use.getUser()->emitOpError()
               << "uses '" << name << "', which needs the attribute "
               << externAttrName << ", too, and to be a function";
  }
  return success();
}

LogicalResult ConvertHalideExternToLLVM::moveBack(ModuleOp lowered) {
  ModuleOp module = getOperation();
  for (Operation &op : llvm::make_early_inc_range(*lowered.getBody())) {
    StringRef name = cast<SymbolOpInterface>(op).getName();
    Operation *other = module.lookupSymbol(name);
    if (!other) {
      op.moveBefore(lowered);
      continue;
    }
    auto function = dyn_cast<LLVM::LLVMFuncOp>(op);
    auto same = dyn_cast<LLVM::LLVMFuncOp>(other);
    if (!function || !same || !function.isExternal() || !same.isExternal() ||
        function.getFunctionType() != same.getFunctionType())
      return op.emitOpError()
             << "needs the name '" << name << "', which is taken";
  }
  lowered.erase();
  return success();
}

LogicalResult ConvertHalideExternToLLVM::run() {
  ModuleOp module = getOperation();
  FailureOr<TargetInfo> info = getTarget(target, module);
  if (failed(info))
    return failure();
  SmallVector<func::FuncOp> functions;
  llvm::StringMap<FunctionType> types;
  for (auto function : module.getOps<func::FuncOp>()) {
    auto name = function->getAttrOfType<StringAttr>(externAttrName);
    if (!name || name.getValue() != info->name)
      continue;
    functions.push_back(function);
    if (!function.isDeclaration())
      types[function.getSymName()] = function.getFunctionType();
  }
  SmallVector<ExternOp> directives;
  for (auto pipeline : module.getOps<PipelineOp>())
    if (ScheduleOp schedule = pipeline.getSchedule(info->name))
      llvm::append_range(directives, schedule.getBody().getOps<ExternOp>());
  for (ExternOp op : directives)
    if (!types.contains(op.getCallee()))
      return op.emitOpError()
             << "needs a body of the function '" << op.getCallee() << "'";
  if (functions.empty())
    return success();
  if (info->isDevice())
    return functions.front().emitOpError()
           << "is for the device target '" << info->name
           << "'; functions of halide.extern run on processors";
  for (auto symbol : module.getOps<SymbolOpInterface>())
    if (symbol.getName().starts_with("llamir_rt_"))
      return symbol->emitOpError()
             << "has the name '" << symbol.getName()
             << "', which a function of the host code needs";
  FailureOr<ModuleSignature> signature = getModuleSignature(module, prefix);
  if (failed(signature) || failed(checkUses(functions)))
    return failure();
  FailureOr<ModuleOp> lowered = lower(functions);
  if (failed(lowered))
    return failure();

  llvm::StringMap<LLVM::LLVMFuncOp> bodies;
  for (auto function : lowered->getOps<LLVM::LLVMFuncOp>()) {
    if (function.isExternal())
      continue;
    // No function of C has a dot in its name.
    std::string name = function.getSymName().str();
    StringAttr internal = StringAttr::get(module.getContext(), name + ".body");
    if (failed(SymbolTable::replaceAllSymbolUses(function, internal, *lowered)))
      return function.emitOpError() << "has uses that cannot be found";
    function.setSymNameAttr(internal);
    function.setLinkage(LLVM::Linkage::Internal);
    function->removeAttr(SymbolTable::getVisibilityAttrName());
    function.setTargetCpu(info->getProcessor().cpu);
    bodies[name] = function;
  }
  if (failed(moveBack(*lowered)))
    return failure();
  llvm::StringMap<ExternOp> entries;
  for (ExternOp op : directives)
    if (failed(addEntry(op, signature->getKernelName(op.getCallee()),
                        types.lookup(op.getCallee()),
                        bodies.lookup(op.getCallee()), entries)))
      return failure();
  return success();
}

/// Whether two directives read funcs and buffers at the same places.
static bool areAlike(ExternOp a, ExternOp b) {
  return llvm::equal(a.getInputs(), b.getInputs(), [](Value a, Value b) {
    return isa<FuncType>(a.getType()) == isa<FuncType>(b.getType());
  });
}

LogicalResult
ConvertHalideExternToLLVM::addEntry(ExternOp op, const std::string &name,
                                    FunctionType type, LLVM::LLVMFuncOp body,
                                    llvm::StringMap<ExternOp> &entries) {
  ExternOp &first = entries[name];
  if (first && !areAlike(first, op)) {
    InFlightDiagnostic diagnostic = op.emitOpError()
                                    << "reads a func where another call of '"
                                    << op.getCallee() << "' reads a buffer";
    diagnostic.attachNote(first.getLoc()) << "the other call";
    return diagnostic;
  }
  if (!first) {
    if (getOperation().lookupSymbol(name))
      return body.emitOpError()
             << "needs the name '" << name << "', which is taken";
    first = op;
    LLVM::LLVMFuncOp entry =
        EntryBuilder(getOperation(), op, type, body).build(name);
    entry->setAttr(externAttrName, StringAttr::get(&getContext(), target));
    entry.setTargetCpuAttr(body.getTargetCpuAttr());
  }
  op.setCallee(name);
  return success();
}
