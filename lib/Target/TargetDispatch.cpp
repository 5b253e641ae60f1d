//===- TargetDispatch.cpp - Functions that choose a target's code ---------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MachineCode.h"
#include "llamir/Runtime/llamir_runtime.h"
#include "llamir/Target/HostCodegen.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

using namespace llamir;
using llvm::ArrayRef;
using llvm::StringRef;

namespace {
/// Writes the module.
class DispatchBuilder {
public:
  DispatchBuilder(llvm::Module &module, StringRef name,
                  ArrayRef<CodeForTarget> targets)
      : module(module), name(name), targets(targets),
        builder(module.getContext()), pointer(builder.getPtrTy()),
        int32(builder.getInt32Ty()), int64(builder.getInt64Ty()) {}

  void addModel();
  void addFunctions(const HostSignature &signature, size_t index);

private:
  llvm::Constant *getText(StringRef text) {
    return builder.CreateGlobalString(text, "text", 0, &module);
  }
  llvm::Function *addFunction(StringRef name, llvm::FunctionType *type);
  llvm::Value *getChosen();
  void addTargetFunction(llvm::Constant *table, llvm::Type *type);
  void addDispatch(StringRef name, llvm::FunctionType *type,
                   llvm::function_ref<std::string(const CodeForTarget &)> of);

  llvm::Module &module;
  StringRef name;
  ArrayRef<CodeForTarget> targets;
  llvm::IRBuilder<> builder;
  llvm::Type *pointer, *int32, *int64;
  llvm::GlobalVariable *model = nullptr;
};
} // namespace

llvm::Function *DispatchBuilder::addFunction(StringRef name,
                                             llvm::FunctionType *type) {
  auto *function = llvm::Function::Create(
      type, llvm::GlobalValue::ExternalLinkage, name, module);
  builder.SetInsertPoint(
      llvm::BasicBlock::Create(module.getContext(), "entry", function));
  return function;
}

llvm::Value *DispatchBuilder::getChosen() {
  llvm::FunctionCallee choose = module.getOrInsertFunction(
      "llamir_rt_get_target", llvm::FunctionType::get(int32, {pointer}, false));
  return builder.CreateCall(choose, {model});
}

/// The table of targets, the llamir_rt_model, what makes it known, and the
/// function that gives the chosen one.
void DispatchBuilder::addModel() {
  // As llamir_target and llamir_rt_model are declared.
  auto *targetType = llvm::StructType::get(
      module.getContext(), {pointer, int32, pointer, pointer, pointer, int64});
  llvm::SmallVector<llvm::Constant *> rows;
  for (const CodeForTarget &of : targets)
    rows.push_back(llvm::ConstantStruct::get(
        targetType,
        {getText(of.target->name),
         builder.getInt32(getRuntimeDevice(*of.target)),
         getText(of.target->isDevice()
                     ? ""
                     : StringRef(of.target->getProcessor().features)),
         getText(of.weights.file), getText(of.weights.fingerprint),
         builder.getInt64(of.weights.bytes)}));
  auto *tableType = llvm::ArrayType::get(targetType, rows.size());
  auto *table = new llvm::GlobalVariable(
      module, tableType, /*isConstant=*/true,
      llvm::GlobalValue::InternalLinkage,
      llvm::ConstantArray::get(tableType, rows), "targets");
  auto *modelType = llvm::StructType::get(
      module.getContext(), {pointer, pointer, int32, int32, pointer});
  model = new llvm::GlobalVariable(
      module, modelType, /*isConstant=*/false,
      llvm::GlobalValue::InternalLinkage,
      llvm::ConstantStruct::get(
          modelType,
          {getText(name), table, builder.getInt32(rows.size()),
           builder.getInt32(-1), llvm::Constant::getNullValue(pointer)}),
      "model");

  llvm::FunctionCallee add = module.getOrInsertFunction(
      "llamir_rt_add_model",
      llvm::FunctionType::get(builder.getVoidTy(), {pointer}, false));
  llvm::Function *start =
      addFunction("start", llvm::FunctionType::get(builder.getVoidTy(), false));
  start->setLinkage(llvm::GlobalValue::InternalLinkage);
  builder.CreateCall(add, {model});
  builder.CreateRetVoid();
  llvm::appendToGlobalCtors(module, start, /*Priority=*/65535);
  addTargetFunction(table, targetType);
}

void DispatchBuilder::addTargetFunction(llvm::Constant *table,
                                        llvm::Type *type) {
  addFunction(getTargetFunction(name), llvm::FunctionType::get(pointer, false));
  builder.CreateRet(builder.CreateGEP(type, table, {getChosen()}));
}

/// A function that calls that of the chosen target.
void DispatchBuilder::addDispatch(
    StringRef name, llvm::FunctionType *type,
    llvm::function_ref<std::string(const CodeForTarget &)> of) {
  llvm::Function *function = addFunction(name, type);
  llvm::SmallVector<llvm::Value *> arguments;
  for (llvm::Argument &argument : function->args())
    arguments.push_back(&argument);
  llvm::Value *chosen = getChosen();
  llvm::SwitchInst *cases = nullptr;
  llvm::BasicBlock *entry = builder.GetInsertBlock();
  for (const auto &[index, target] : llvm::enumerate(targets)) {
    auto *block =
        llvm::BasicBlock::Create(module.getContext(), "target", function);
    builder.SetInsertPoint(block);
    builder.CreateRet(builder.CreateCall(
        module.getOrInsertFunction(of(target), type), arguments));
    if (!cases) {
      builder.SetInsertPoint(entry);
      cases = builder.CreateSwitch(chosen, block);
    } else {
      cases->addCase(builder.getInt32(index), block);
    }
  }
}

void DispatchBuilder::addFunctions(const HostSignature &signature,
                                   size_t index) {
  llvm::SmallVector<llvm::Type *> sizes(signature.sizes.size(), int64);
  llvm::SmallVector<llvm::Type *> parameters = {pointer, pointer};
  llvm::append_range(parameters, sizes);
  parameters.append(signature.arguments.size() + signature.results.size(),
                    pointer);
  auto *run = llvm::FunctionType::get(int32, parameters, false);
  auto *getBytes = llvm::FunctionType::get(int64, sizes, false);
  auto *call = llvm::FunctionType::get(
      int32, {pointer, pointer, pointer, pointer}, false);
  auto *callBytes = llvm::FunctionType::get(int64, {pointer}, false);
  auto add = [&](llvm::FunctionType *type, auto getName) {
    addDispatch(getName(signature, true), type, [&](const CodeForTarget &of) {
      return getName(of.signature->functions[index], of.target->isDevice());
    });
  };
  add(run, [](const HostSignature &of, bool) { return of.name; });
  add(getBytes,
      [](const HostSignature &of, bool) { return of.getArenaFunction(); });
  add(call, [](const HostSignature &of, bool) { return of.getCallFunction(); });
  add(callBytes,
      [](const HostSignature &of, bool) { return of.getArenaCallFunction(); });
  if (llvm::none_of(targets, [](const CodeForTarget &of) {
        return of.target->isDevice();
      }))
    return;
  // Arrays of a processor lie in the memory of the process.
  add(run, [](const HostSignature &of, bool isDevice) {
    return isDevice ? of.getDeviceFunction() : of.name;
  });
  add(call, [](const HostSignature &of, bool isDevice) {
    return isDevice ? of.getDeviceCallFunction() : of.getCallFunction();
  });
}

llvm::Expected<KernelCode>
llamir::compileDispatch(const ModuleSignature &signature, StringRef name,
                        ArrayRef<CodeForTarget> targets,
                        ArrayRef<KernelOutput> outputs) {
  llvm::Expected<MachineCode> machine =
      MachineCode::create(Contraction::AsWritten);
  if (!machine)
    return machine.takeError();
  KernelCode code;
  code.name = name.str();
  for (KernelOutput output : outputs) {
    if (!isMachineCode(output))
      continue;
    llvm::LLVMContext context;
    llvm::Module module("llamir targets", context);
    machine->prepare(module);
    DispatchBuilder builder(module, name, targets);
    builder.addModel();
    for (const auto &[index, function] : llvm::enumerate(signature.functions))
      builder.addFunctions(function, index);
    llvm::SmallVector<char, 0> bytes;
    llvm::raw_svector_ostream stream(bytes);
    if (llvm::Error error = machine->write(module, output, stream))
      return error;
    code.outputs.push_back({output, std::string(bytes.data(), bytes.size())});
  }
  return code;
}
