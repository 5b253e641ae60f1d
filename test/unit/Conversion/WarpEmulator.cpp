//===- WarpEmulator.cpp - Blocks of a CUDA kernel on the processor --------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WarpEmulator.h"
#include "llamir/Conversion/LlamaToNVVM/Passes.h"
#include "llamir/Support/ElementType.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/TargetSelect.h"
#include <cmath>
#include <cstring>
#include <ucontext.h>
#include <vector>

using namespace mlir;
using namespace llamir;

float llamir::decode(uint16_t element, bool isHalf) {
  return isHalf ? fromF16(element) : fromBF16(element);
}

uint16_t llamir::encode(float number, bool isHalf) {
  return isHalf ? toF16(number) : toBF16(number);
}

//===----------------------------------------------------------------------===//
// Threads
//===----------------------------------------------------------------------===//

namespace {
constexpr unsigned warpSize = 32;

struct Copy {
  void *to;
  const void *from;
  int32_t bytes;
};

/// What a thread hands to the others, and how it is found.
struct Handed {
  const uint16_t *row;
  float value;
  uint32_t left[4], right[2];
};

struct Thread {
  ucontext_t context;
  std::vector<char> stack = std::vector<char>(256 << 10);
  bool isDone = false;
  /// The name of what it waits at.
  const char *place = nullptr;
  /// The next meeting uses the other one, as some still read this one.
  Handed handed[2];
  unsigned meetings = 0;
  std::vector<Copy> begun, ended;
  uint32_t registers[4];
  float sums[4];
};

struct ThreadBlock {
  unsigned x, y, blocksY;
  std::vector<Thread> threads;
  unsigned current = 0;
  ucontext_t scheduler;
  const std::function<void(void *)> *call;
  void *function;

  /// The current thread lets all others come to this place.
  void meet(const char *place, const Handed &handed);
  /// Of the warp of the current thread, its lane.
  const Handed &getHanded(unsigned lane, unsigned which) {
    return threads[current / warpSize * warpSize + lane].handed[which];
  }
};
} // namespace

static ThreadBlock *block;

void ThreadBlock::meet(const char *place, const Handed &handed) {
  Thread &thread = threads[current];
  thread.place = place;
  thread.handed[thread.meetings++ % 2] = handed;
  swapcontext(&thread.context, &scheduler);
}

/// The number of the meeting that has just been.
static unsigned getLast() {
  return (block->threads[block->current].meetings - 1) % 2;
}

static uint16_t getElement(uint32_t pair, unsigned which) {
  return which ? pair >> 16 : pair & 0xffff;
}

extern "C" {
static int32_t emulatedThread() { return block->current; }
static int32_t emulatedBlockX() { return block->x; }
static int32_t emulatedBlockY() { return block->y; }
static int32_t emulatedBlocksY() { return block->blocksY; }
static void emulatedBarrier() { block->meet("barrier", {}); }

static float emulatedShuffle(float value, int32_t mask) {
  Handed handed = {};
  handed.value = value;
  block->meet("shuffle", handed);
  unsigned lane = (block->current % warpSize) ^ mask;
  return block->getHanded(lane, getLast()).value;
}

static void emulatedCopy(void *to, const void *from, int32_t bytes) {
  block->threads[block->current].begun.push_back({to, from, bytes});
}
static void emulatedEnd() {
  Thread &thread = block->threads[block->current];
  thread.ended.insert(thread.ended.end(), thread.begun.begin(),
                      thread.begun.end());
  thread.begun.clear();
}
static void emulatedWait() {
  Thread &thread = block->threads[block->current];
  for (const Copy &copy : thread.ended) {
    std::memset(copy.to, 0, 16);
    if (copy.bytes)
      std::memcpy(copy.to, copy.from, copy.bytes);
  }
  thread.ended.clear();
}

static const uint32_t *emulatedMatrices(const uint16_t *row,
                                        int32_t transposed) {
  Handed handed = {};
  handed.row = row;
  block->meet("matrices", handed);
  unsigned lane = block->current % warpSize, group = lane / 4, place = lane % 4;
  uint32_t *result = block->threads[block->current].registers;
  for (unsigned matrix = 0; matrix < 4; ++matrix) {
    auto get = [&](unsigned row, unsigned column) -> uint32_t {
      return block->getHanded(8 * matrix + row, getLast()).row[column];
    };
    result[matrix] =
        transposed ? get(2 * place, group) | get(2 * place + 1, group) << 16
                   : get(group, 2 * place) | get(group, 2 * place + 1) << 16;
  }
  return result;
}

static const float *emulatedMultiply(int32_t isHalf, uint32_t a0, uint32_t a1,
                                     uint32_t a2, uint32_t a3, uint32_t b0,
                                     uint32_t b1, float c0, float c1, float c2,
                                     float c3) {
  block->meet("multiply", {nullptr, 0, {a0, a1, a2, a3}, {b0, b1}});
  unsigned lane = block->current % warpSize;
  float *sums = block->threads[block->current].sums;
  float start[4] = {c0, c1, c2, c3};
  for (unsigned i = 0; i < 4; ++i) {
    unsigned row = lane / 4 + i / 2 * 8, column = lane % 4 * 2 + i % 2;
    double sum = start[i];
    for (unsigned k = 0; k < 16; ++k) {
      const Handed &left = block->getHanded(row % 8 * 4 + k % 8 / 2, getLast());
      const Handed &right = block->getHanded(column * 4 + k % 8 / 2, getLast());
      sum += double(decode(getElement(left.left[row / 8 + k / 8 * 2], k % 2),
                           isHalf)) *
             decode(getElement(right.right[k / 8], k % 2), isHalf);
    }
    sums[i] = float(sum);
  }
  return sums;
}

static float emulatedExp2(float x) { return std::exp2(x); }
static uint32_t emulatedPack(int32_t isHalf, float high, float low) {
  return uint32_t(encode(high, isHalf)) << 16 | encode(low, isHalf);
}
} // extern "C"

static void beginThread() {
  (*block->call)(block->function);
  block->threads[block->current].isDone = true;
}

bool WarpEmulator::run(unsigned blocksX, unsigned blocksY, unsigned threads,
                       const std::function<void(void *)> &call) {
  for (unsigned y = 0; y < blocksY; ++y)
    for (unsigned x = 0; x < blocksX; ++x) {
      ThreadBlock running = {x, y,  blocksY, std::vector<Thread>(threads),
                             0, {}, &call,   function};
      block = &running;
      for (Thread &thread : running.threads) {
        getcontext(&thread.context);
        thread.context.uc_stack = {thread.stack.data(), 0, thread.stack.size()};
        thread.context.uc_link = &running.scheduler;
        makecontext(&thread.context, beginThread, 0);
      }
      while (!running.threads.front().isDone) {
        for (unsigned i = 0; i < threads; ++i) {
          running.current = i;
          running.threads[i].place = "end";
          swapcontext(&running.scheduler, &running.threads[i].context);
        }
        for (Thread &thread : running.threads)
          if (StringRef(thread.place) != running.threads.front().place)
            return false;
      }
    }
  return true;
}

//===----------------------------------------------------------------------===//
// Compiling
//===----------------------------------------------------------------------===//

namespace {
/// Calls the functions above for what only a GPU has.
class Replacer {
public:
  explicit Replacer(ModuleOp module) : module(module) {}
  void replace(Operation *op);

private:
  Value call(ImplicitLocOpBuilder &b, StringRef name, Type result,
             ValueRange arguments);
  Value getWord(ImplicitLocOpBuilder &b, Value pair);
  /// Replaces a struct by four numbers that lie in memory.
  void replaceByFour(ImplicitLocOpBuilder &b, Operation *op, Value memory,
                     Type type);
  ModuleOp module;
};
} // namespace

Value Replacer::call(ImplicitLocOpBuilder &b, StringRef name, Type result,
                     ValueRange arguments) {
  auto function = module.lookupSymbol<LLVM::LLVMFuncOp>(name);
  if (!function) {
    OpBuilder atEnd = OpBuilder::atBlockEnd(module.getBody());
    function = LLVM::LLVMFuncOp::create(
        atEnd, b.getLoc(), name,
        LLVM::LLVMFunctionType::get(
            result ? result : LLVM::LLVMVoidType::get(b.getContext()),
            llvm::to_vector(arguments.getTypes())));
  }
  auto made = LLVM::CallOp::create(b, function, arguments);
  return result ? made.getResult() : Value();
}

Value Replacer::getWord(ImplicitLocOpBuilder &b, Value pair) {
  return pair.getType().isInteger()
             ? pair
             : Value(LLVM::BitcastOp::create(b, b.getI32Type(), pair));
}

void Replacer::replaceByFour(ImplicitLocOpBuilder &b, Operation *op,
                             Value memory, Type type) {
  Value all = LLVM::PoisonOp::create(b, op->getResult(0).getType());
  for (int32_t i = 0; i < 4; ++i) {
    Value place =
        LLVM::GEPOp::create(b, memory.getType(), type, memory, LLVM::GEPArg(i));
    all = LLVM::InsertValueOp::create(b, all,
                                      LLVM::LoadOp::create(b, type, place), i);
  }
  op->getResult(0).replaceAllUsesWith(all);
}

void Replacer::replace(Operation *op) {
  ImplicitLocOpBuilder b(op->getLoc(), op);
  Type i32 = b.getI32Type(), f32 = b.getF32Type();
  Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  auto number = [&](int64_t value) -> Value {
    return LLVM::ConstantOp::create(b, i32, b.getI32IntegerAttr(value));
  };
  auto replaceBy = [&](StringRef name, Type result, ValueRange arguments) {
    Value made = call(b, name, result, arguments);
    if (result)
      op->getResult(0).replaceAllUsesWith(made);
  };
  // Ops without operands.
  StringRef plain =
      llvm::StringSwitch<StringRef>(op->getName().getStringRef())
          .Case(NVVM::ThreadIdXOp::getOperationName(), "emulatedThread")
          .Case(NVVM::BlockIdXOp::getOperationName(), "emulatedBlockX")
          .Case(NVVM::BlockIdYOp::getOperationName(), "emulatedBlockY")
          .Case(NVVM::GridDimYOp::getOperationName(), "emulatedBlocksY")
          .Case(NVVM::Barrier0Op::getOperationName(), "emulatedBarrier")
          .Case(NVVM::CpAsyncCommitGroupOp::getOperationName(), "emulatedEnd")
          .Case(NVVM::CpAsyncWaitGroupOp::getOperationName(), "emulatedWait")
          .Default("");
  if (!plain.empty()) {
    replaceBy(plain, op->getNumResults() ? i32 : Type(), {});
    return op->erase();
  }
  bool isReplaced =
      llvm::TypeSwitch<Operation *, bool>(op)
          .Case([&](NVVM::ShflOp shuffle) {
            replaceBy("emulatedShuffle", f32,
                      {shuffle.getVal(), shuffle.getOffset()});
            return true;
          })
          .Case([&](NVVM::CpAsyncOp copy) {
            replaceBy("emulatedCopy", {},
                      {copy.getDst(), copy.getSrc(), copy.getCpSize()});
            return true;
          })
          .Case([&](NVVM::LdMatrixOp load) {
            bool transposed = load.getLayout() == NVVM::MMALayout::col;
            Value memory = call(b, "emulatedMatrices", pointer,
                                {load.getPtr(), number(transposed)});
            replaceByFour(b, op, memory, i32);
            return true;
          })
          .Case([&](NVVM::MmaOp product) {
            bool isHalf =
                product.getMultiplicandAPtxType() == NVVM::MMATypes::f16;
            SmallVector<Value> arguments = {number(isHalf)};
            for (Value pair : product.getOperandA())
              arguments.push_back(getWord(b, pair));
            for (Value pair : product.getOperandB())
              arguments.push_back(getWord(b, pair));
            llvm::append_range(arguments, product.getOperandC());
            replaceByFour(b, op,
                          call(b, "emulatedMultiply", pointer, arguments), f32);
            return true;
          })
          .Case([&](LLVM::CallIntrinsicOp intrinsic) {
            StringRef name = intrinsic.getIntrin();
            if (name.starts_with("llvm.nvvm.ex2")) {
              replaceBy("emulatedExp2", f32, op->getOperands());
              return true;
            }
            if (!name.starts_with("llvm.nvvm.ff2"))
              return false;
            SmallVector<Value> arguments = {number(name.contains("ff2f16"))};
            llvm::append_range(arguments, op->getOperands());
            Value word = call(b, "emulatedPack", i32, arguments);
            op->getResult(0).replaceAllUsesWith(
                LLVM::BitcastOp::create(b, op->getResult(0).getType(), word));
            return true;
          })
          .Default([](Operation *) { return false; });
  if (isReplaced)
    op->erase();
}

WarpEmulator::WarpEmulator() = default;
WarpEmulator::~WarpEmulator() = default;

std::unique_ptr<WarpEmulator> WarpEmulator::create(gpu::GPUModuleOp kernels,
                                                   StringRef name) {
  MLIRContext *context = kernels.getContext();
  PassManager passes(context, gpu::GPUModuleOp::getOperationName());
  buildTensorKernelLowering(passes);
  if (failed(passes.run(kernels)))
    return nullptr;

  OwningOpRef<ModuleOp> module = ModuleOp::create(kernels.getLoc());
  for (Operation &op : llvm::make_early_inc_range(*kernels.getBody()))
    op.moveBefore(module->getBody(), module->getBody()->end());
  // The processor has one kind of memory.
  AttrTypeReplacer types;
  types.addReplacement([&](LLVM::LLVMPointerType) -> Type {
    return LLVM::LLVMPointerType::get(context);
  });
  types.recursivelyReplaceElementsIn(*module, /*replaceAttrs=*/true,
                                     /*replaceLocs=*/false,
                                     /*replaceTypes=*/true);
  for (auto global : module->getOps<LLVM::GlobalOp>())
    global.setAddrSpace(0);
  SmallVector<Operation *> ops;
  for (auto function : module->getOps<LLVM::LLVMFuncOp>()) {
    for (NamedAttribute attribute :
         llvm::to_vector(function->getDiscardableAttrs()))
      function->removeDiscardableAttr(attribute.getName());
    function.walk([&](Operation *op) { ops.push_back(op); });
  }
  Replacer replacer(*module);
  for (Operation *op : ops)
    replacer.replace(op);

  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  auto llvmContext = std::make_unique<llvm::LLVMContext>();
  auto translated = translateModuleToLLVMIR(*module, *llvmContext);
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!translated || !jit)
    return nullptr;
  llvm::orc::SymbolMap symbols;
  auto define = [&](StringRef symbol, auto *address) {
    symbols[(*jit)->mangleAndIntern(symbol)] = {
        llvm::orc::ExecutorAddr::fromPtr(address),
        llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable};
  };
  define("emulatedThread", &emulatedThread);
  define("emulatedBlockX", &emulatedBlockX);
  define("emulatedBlockY", &emulatedBlockY);
  define("emulatedBlocksY", &emulatedBlocksY);
  define("emulatedBarrier", &emulatedBarrier);
  define("emulatedShuffle", &emulatedShuffle);
  define("emulatedCopy", &emulatedCopy);
  define("emulatedEnd", &emulatedEnd);
  define("emulatedWait", &emulatedWait);
  define("emulatedMatrices", &emulatedMatrices);
  define("emulatedMultiply", &emulatedMultiply);
  define("emulatedExp2", &emulatedExp2);
  define("emulatedPack", &emulatedPack);
  llvm::cantFail((*jit)->getMainJITDylib().define(
      llvm::orc::absoluteSymbols(std::move(symbols))));
  translated->setDataLayout((*jit)->getDataLayout());
  llvm::cantFail((*jit)->addIRModule(llvm::orc::ThreadSafeModule(
      std::move(translated), std::move(llvmContext))));
  std::unique_ptr<WarpEmulator> emulator(new WarpEmulator);
  emulator->function = llvm::cantFail((*jit)->lookup(name)).toPtr<void *>();
  emulator->jit = std::move(*jit);
  return emulator;
}
