//===- LimitsOfProcessor.cpp - What the processors can do at most ---------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bench/Limits.h"
#include "Messages.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/thread.h"
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <immintrin.h>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

using namespace llamir;

using Clock = std::chrono::steady_clock;

/// Seconds that all processors need when they start `work` together.
static double onAllProcessors(unsigned processors,
                              llvm::function_ref<void(unsigned)> work) {
  std::atomic<unsigned> waiting = processors;
  std::vector<Clock::time_point> starts(processors), ends(processors);
  auto run = [&](unsigned index) {
    --waiting;
    while (waiting > 0)
      std::this_thread::yield();
    starts[index] = Clock::now();
    work(index);
    ends[index] = Clock::now();
  };
  // Where there can be no more, LLVM's threads are an error of the driver.
  std::vector<llvm::thread> threads;
  for (unsigned i = 1; i < processors; ++i)
    threads.emplace_back(run, i);
  run(0);
  for (llvm::thread &thread : threads)
    thread.join();
  return std::chrono::duration<double>(*llvm::max_element(ends) -
                                       *llvm::min_element(starts))
      .count();
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

// Twelve independent chains: more than latency times throughput of the units.
// In assembly, so that no compiler makes less of it.
#define REPEAT12(F)                                                            \
  F(a0) F(a1) F(a2) F(a3) F(a4) F(a5) F(a6) F(a7) F(a8) F(a9) F(a10) F(a11)
#define MULTIPLY_ADD(NAME, FEATURES, TYPE, ZERO, SET, CODE)                    \
  __attribute__((target(FEATURES))) static void NAME(int64_t steps) {          \
    TYPE a0 = ZERO(), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0,    \
         a7 = a0, a8 = a0, a9 = a0, a10 = a0, a11 = a0;                        \
    TYPE x = SET(0.9999f), y = SET(0.1f);                                      \
    for (int64_t i = 0; i < steps; ++i) {                                      \
      REPEAT12(CODE)                                                           \
    }                                                                          \
  }
#define FMA_CODE(A)                                                            \
  asm volatile("vfmadd213ps %2, %1, %0" : "+v"(A) : "v"(x), "v"(y));
#define DOT_CODE(A)                                                            \
  asm volatile("vdpbf16ps %2, %1, %0" : "+v"(A) : "v"(x), "v"(y));
#define SSE_CODE(A)                                                            \
  asm volatile("mulps %1, %0\n\taddps %2, %0" : "+x"(A) : "x"(x), "x"(y));

MULTIPLY_ADD(multiplyAdd512, "avx512f", __m512, _mm512_setzero_ps,
             _mm512_set1_ps, FMA_CODE)
MULTIPLY_ADD(multiplyAdd256, "avx2,fma", __m256, _mm256_setzero_ps,
             _mm256_set1_ps, FMA_CODE)
MULTIPLY_ADD(multiplyAdd128, "sse2", __m128, _mm_setzero_ps, _mm_set1_ps,
             SSE_CODE)

// What the bits of the factors are as pairs of bf16 does not matter.
MULTIPLY_ADD(dotBF16, "avx512f,avx512bf16", __m512, _mm512_setzero_ps,
             _mm512_set1_ps, DOT_CODE)

/// Twelve products of tiles a step, in four chains, as in kernels: the numbers
/// are no zeros, for which the processor needs less power and is faster.
__attribute__((target("amx-tile,amx-bf16"))) static void
tileBF16(int64_t steps) {
  // One palette, eight tiles of 16 rows of 64 bytes.
  alignas(64) struct {
    uint8_t palette = 1, start = 0, reserved[14] = {};
    uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  } configuration;
  alignas(64) uint16_t numbers[16 * 32];
  for (unsigned i = 0; i < std::size(numbers); ++i)
    numbers[i] = 0x3f00 | (i * 37 & 0x80ff);
  _tile_loadconfig(&configuration);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_loadd(4, numbers, 64);
  _tile_loadd(5, numbers, 64);
  _tile_loadd(6, numbers, 64);
  _tile_loadd(7, numbers, 64);
  for (int64_t i = 0; i < 3 * steps; ++i) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_release();
}

/// GFLOP/s of a loop over chains that each add `products` products a step.
static double measureChains(unsigned processors, void work(int64_t),
                            int64_t products, int64_t steps = 1000000) {
  constexpr int64_t chains = 12;
  double seconds = onAllProcessors(processors, [&](unsigned) { work(steps); });
  return double(processors * chains * steps * 2 * products) / seconds / 1e9;
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// Reads `bytes`, in `streams` places at once, `passes` times over.
template <typename Vector>
__attribute__((always_inline)) static inline void
readAll(const char *data, int64_t bytes, int streams, int64_t passes) {
  constexpr int64_t step = 4 * sizeof(Vector);
  int64_t part = bytes / streams / step * step;
  Vector sums[4] = {};
  for (int64_t pass = 0; pass < passes; ++pass) {
    for (int64_t at = 0; at < part; at += step)
      for (int s = 0; s < streams; ++s)
        for (int i = 0; i < 4; ++i) {
          Vector word;
          std::memcpy(&word, data + s * part + at + i * sizeof(Vector),
                      sizeof(Vector));
          sums[i] ^= word;
        }
    // Another pass may find other numbers.
    asm volatile("" : "+m"(sums) : : "memory");
  }
}

using Vector64 = long long __attribute__((vector_size(64)));
using Vector32 = long long __attribute__((vector_size(32)));
using Vector16 = long long __attribute__((vector_size(16)));

__attribute__((target("avx512f"))) static void
read512(const char *data, int64_t bytes, int streams, int64_t passes) {
  readAll<Vector64>(data, bytes, streams, passes);
}
__attribute__((target("avx2"))) static void
read256(const char *data, int64_t bytes, int streams, int64_t passes) {
  readAll<Vector32>(data, bytes, streams, passes);
}
static void read128(const char *data, int64_t bytes, int streams,
                    int64_t passes) {
  readAll<Vector16>(data, bytes, streams, passes);
}

//===----------------------------------------------------------------------===//
// Copying
//===----------------------------------------------------------------------===//

/// Copies `bytes`, past the caches (`streams`) or through them.
template <typename Vector>
__attribute__((always_inline)) static inline void
copyAll(char *to, const char *from, int64_t bytes, bool streams) {
  for (int64_t at = 0; at < bytes; at += sizeof(Vector)) {
    Vector word;
    std::memcpy(&word, from + at, sizeof(Vector));
    auto *place = reinterpret_cast<Vector *>(to + at);
    if (streams)
      __builtin_nontemporal_store(word, place);
    else
      *place = word;
  }
  _mm_sfence();
}
__attribute__((target("avx512f"))) static void
copy512(char *to, const char *from, int64_t bytes, bool streams) {
  copyAll<Vector64>(to, from, bytes, streams);
}
__attribute__((target("avx2"))) static void
copy256(char *to, const char *from, int64_t bytes, bool streams) {
  copyAll<Vector32>(to, from, bytes, streams);
}
static void copy128(char *to, const char *from, int64_t bytes, bool streams) {
  copyAll<Vector16>(to, from, bytes, streams);
}

/// More than the largest caches of today, and than the share of one that a
/// virtual machine is told of; but not much of a small machine's memory.
static int64_t getMemoryBytes() {
  int64_t physical = sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGE_SIZE);
  return std::clamp<int64_t>(physical / 4, int64_t(64) << 20, int64_t(1) << 30);
}

//===----------------------------------------------------------------------===//
// All of them
//===----------------------------------------------------------------------===//

/// A file of the system that holds one word; empty where there is none.
static std::string readWord(const llvm::Twine &path) {
  auto file = llvm::MemoryBuffer::getFileAsStream(path);
  return file ? (*file)->getBuffer().trim().str() : "";
}

/// Bytes of the data caches of a level, those of all processors together, as
/// the first one's are; 0 where the system does not tell.
static int64_t getCacheBytes(unsigned level, unsigned processors) {
  for (int index = 0; index < 8; ++index) {
    std::string folder = "/sys/devices/system/cpu/cpu0/cache/index" +
                         std::to_string(index) + "/";
    std::string size = readWord(folder + "size");
    int64_t kilobytes;
    if (readWord(folder + "level") != std::to_string(level) ||
        readWord(folder + "type") == "Instruction" ||
        llvm::StringRef(size).consumeInteger(10, kilobytes))
      continue;
    // The processors that share it are the bits of a number in base 16.
    unsigned sharing = 0;
    for (char digit : readWord(folder + "shared_cpu_map"))
      if (llvm::isHexDigit(digit))
        sharing += llvm::popcount(llvm::hexDigitValue(digit));
    return kilobytes * 1024 *
           int64_t(llvm::divideCeil(processors, std::max(1u, sharing)));
  }
  return 0;
}

namespace {
/// Limits of all processors together: arithmetic in the vectors of the target,
/// with each instruction that its matrix products use, some 2 ms a time, and
/// reading from each level, some 50 ms.
class LimitsOfProcessor : public LimitMeter {
public:
  explicit LimitsOfProcessor(const TargetInfo &target);
  ~LimitsOfProcessor() override;

  /// False where there was no memory to read.
  bool isReady() const { return data; }
  llvm::LogicalResult sampleArithmetic() override;

private:
  llvm::LogicalResult sampleMemory() override;
  llvm::LogicalResult sampleCopy() override;
  void addArithmetic(const TargetInfo &target);
  void addMemory();
  double measureArithmetic(ProductInstruction instruction);
  double measureRead(int64_t bytes, int streams);

  int64_t lanes;
  unsigned processors;
  int64_t memoryBytes;
  char *data = nullptr;
};
} // namespace

LimitsOfProcessor::LimitsOfProcessor(const TargetInfo &target)
    : LimitMeter("read"), lanes(target.getProcessor().vectorLanes),
      processors(std::max(1u, std::thread::hardware_concurrency())),
      memoryBytes(getMemoryBytes()) {
  addArithmetic(target);
  addMemory();
  void *mapped = mmap(nullptr, memoryBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED)
    return;
  data = static_cast<char *>(mapped);
  madvise(data, memoryBytes, MADV_HUGEPAGE);
  // Each processor reads pages of its own, also where they are near to it.
  int64_t each = memoryBytes / processors / 4096 * 4096;
  onAllProcessors(processors, [&](unsigned index) {
    std::memset(data + index * each, 1, each);
  });
}

LimitsOfProcessor::~LimitsOfProcessor() {
  if (data)
    munmap(data, memoryBytes);
}

void LimitsOfProcessor::addArithmetic(const TargetInfo &target) {
  arithmetic.push_back(
      {{"f32_fma", "fma"}, ProductInstruction::MultiplyAdd, ElementType::F32});
  if (target.needsMatrixTiles() && requestMatrixTiles())
    arithmetic.push_back({{"bf16_tile", "tile"},
                          ProductInstruction::TileBF16,
                          ElementType::BF16});
  else if (llvm::any_of(target.products, [](const MatrixProduct &product) {
             return product.instruction == ProductInstruction::DotBF16;
           }))
    arithmetic.push_back(
        {{"bf16_dot", "dot"}, ProductInstruction::DotBF16, ElementType::BF16});
}

void LimitsOfProcessor::addMemory() {
  int64_t second = getCacheBytes(2, processors);
  int64_t third = getCacheBytes(3, processors);
  if (second > 0)
    memory.push_back({{"l2_read", "L2"}, second});
  if (third > second && third <= memoryBytes / 4)
    memory.push_back({{"l3_read", "L3"}, third});
  memory.push_back({{"dram_read", "DRAM"}});
}

double LimitsOfProcessor::measureArithmetic(ProductInstruction instruction) {
  auto *multiplyAdd = lanes >= 16  ? multiplyAdd512
                      : lanes >= 8 ? multiplyAdd256
                                   : multiplyAdd128;
  switch (instruction) {
  case ProductInstruction::MultiplyAdd:
    return measureChains(processors, multiplyAdd, lanes);
  case ProductInstruction::DotBF16:
    return measureChains(processors, dotBF16, 2 * lanes);
  case ProductInstruction::TileBF16:
    return measureChains(processors, tileBF16, 16 * 32 * 16, 40000);
  }
  llvm_unreachable("unknown instruction");
}

llvm::LogicalResult LimitsOfProcessor::sampleArithmetic() {
  for (ArithmeticLimit &limit : arithmetic)
    limit.add(measureArithmetic(limit.instruction));
  return llvm::success();
}

double LimitsOfProcessor::measureRead(int64_t bytes, int streams) {
  int64_t each = bytes / processors / 4096 * 4096;
  // Some milliseconds, whatever the level.
  int64_t passes =
      std::max<int64_t>(1, (int64_t(128) << 20) / (each * processors));
  auto *work = lanes >= 16 ? read512 : lanes >= 8 ? read256 : read128;
  auto run = [&](int64_t count) {
    return onAllProcessors(processors, [&](unsigned index) {
      work(data + index * each, each, streams, count);
    });
  };
  // Nothing but memory itself is read before it is measured.
  if (bytes < memoryBytes)
    run(1);
  return double(each * processors * passes) / run(passes) / 1e9;
}

llvm::LogicalResult LimitsOfProcessor::sampleMemory() {
  // One pattern alone can stay a third below what others reach. Half of a cache
  // surely stays in it.
  for (MemoryLimit &limit : memory)
    for (int streams : {1, 2, 4})
      limit.add(measureRead(limit.capacity ? limit.capacity / 2 : memoryBytes,
                            streams));
  return llvm::success();
}

/// Each processor copies one half of its memory to the other.
llvm::LogicalResult LimitsOfProcessor::sampleCopy() {
  int64_t half = memoryBytes / processors / 2 / 4096 * 4096;
  auto *work = lanes >= 16 ? copy512 : lanes >= 8 ? copy256 : copy128;
  for (bool streams : {false, true}) {
    double seconds = onAllProcessors(processors, [&](unsigned index) {
      char *from = data + index * 2 * half;
      work(from + half, from, half, streams);
    });
    copy.add(double(2 * half * processors) / seconds / 1e9);
  }
  return llvm::success();
}

llvm::FailureOr<std::unique_ptr<LimitMeter>>
llamir::createLimitsOfProcessor(const TargetInfo &target) {
  auto limits = std::make_unique<LimitsOfProcessor>(target);
  if (!limits->isReady())
    return fail("there is no memory to measure the limits of reading");
  return std::unique_ptr<LimitMeter>(std::move(limits));
}
