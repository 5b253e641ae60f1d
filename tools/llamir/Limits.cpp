//===- Limits.cpp - What this machine can do at most ---------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Limits.h"
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <immintrin.h>
#include <sys/mman.h>
#include <thread>
#include <vector>

using namespace llamir;

static double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Twelve independent chains: more than latency times throughput of the units.
#define REPEAT12(F) F(a0) F(a1) F(a2) F(a3) F(a4) F(a5) F(a6) F(a7) F(a8) F(a9) F(a10) F(a11)

__attribute__((target("avx512f"))) static double multiplyAdd512(long steps) {
  __m512 a0 = _mm512_setzero_ps(), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0,
         a8 = a0, a9 = a0, a10 = a0, a11 = a0;
  __m512 x = _mm512_set1_ps(1.0001f), y = _mm512_set1_ps(0.1f);
  double start = now();
  for (long i = 0; i < steps; ++i) {
#define F(v) asm volatile("vfmadd213ps %2, %1, %0" : "+v"(v) : "v"(x), "v"(y));
    REPEAT12(F)
#undef F
  }
  return 12.0 * 32 * double(steps) / (now() - start) / 1e9;
}

__attribute__((target("avx2,fma"))) static double multiplyAdd256(long steps) {
  __m256 a0 = _mm256_setzero_ps(), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0,
         a8 = a0, a9 = a0, a10 = a0, a11 = a0;
  __m256 x = _mm256_set1_ps(1.0001f), y = _mm256_set1_ps(0.1f);
  double start = now();
  for (long i = 0; i < steps; ++i) {
#define F(v) asm volatile("vfmadd213ps %2, %1, %0" : "+x"(v) : "x"(x), "x"(y));
    REPEAT12(F)
#undef F
  }
  return 12.0 * 16 * double(steps) / (now() - start) / 1e9;
}

static double multiplyAdd128(long steps) {
  __m128 a0 = _mm_setzero_ps(), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0,
         a8 = a0, a9 = a0, a10 = a0, a11 = a0;
  __m128 x = _mm_set1_ps(0.9999f), y = _mm_set1_ps(0.1f);
  double start = now();
  for (long i = 0; i < steps; ++i) {
#define F(v) asm volatile("mulps %1, %0\n\taddps %2, %0" : "+x"(v) : "x"(x), "x"(y));
    REPEAT12(F)
#undef F
  }
  return 12.0 * 8 * double(steps) / (now() - start) / 1e9;
}

template <typename Work> static double onAllProcessors(Work work) {
  unsigned count = std::max(1u, std::thread::hardware_concurrency());
  std::vector<double> rates(count);
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < count; ++i)
    threads.emplace_back([&, i] { rates[i] = work(i, count); });
  rates[0] = work(0, count);
  for (std::thread &thread : threads)
    thread.join();
  double sum = 0;
  for (double rate : rates)
    sum += rate;
  return sum;
}

double llamir::measureMultiplyAdd(int64_t lanes) {
  return onAllProcessors([&](unsigned, unsigned) {
    if (lanes >= 16)
      return multiplyAdd512(2000000);
    if (lanes >= 8)
      return multiplyAdd256(2000000);
    return multiplyAdd128(2000000);
  });
}

/// Sums 8-byte words in `streams` places at once.
static double read(const char *data, size_t bytes, int streams) {
  typedef long long Vector __attribute__((vector_size(32)));
  size_t part = bytes / streams / 128 * 128;
  Vector sums[4] = {};
  double start = now();
  for (size_t at = 0; at < part; at += 128)
    for (int s = 0; s < streams; ++s)
      for (int i = 0; i < 4; ++i) {
        Vector word;
        std::memcpy(&word, data + s * part + at + 32 * i, 32);
        sums[i] ^= word;
      }
  double seconds = now() - start;
  Vector all = sums[0] ^ sums[1] ^ sums[2] ^ sums[3];
  asm volatile("" : : "m"(all));
  return double(part * streams) / seconds / 1e9;
}

double llamir::measureRead() {
  static const size_t bytes = size_t(512) << 20;
  static char *data = [] {
    void *memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
      return static_cast<char *>(nullptr);
    madvise(memory, bytes, MADV_HUGEPAGE);
    std::memset(memory, 1, bytes);
    return static_cast<char *>(memory);
  }();
  if (!data)
    return 0;
  // One pattern alone can stay a third below what others reach.
  double best = 0;
  for (int streams : {1, 2, 4})
    best = std::max(best, onAllProcessors([&](unsigned i, unsigned count) {
                      return read(data + bytes / count * i, bytes / count, streams);
                    }));
  return best;
}
