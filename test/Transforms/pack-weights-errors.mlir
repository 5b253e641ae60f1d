// RUN: not llamir-opt %s --llama-pack-weights=target=z80 2>&1 | FileCheck %s

// CHECK: error: unknown target 'z80'; there are host, x86-64, x86-64-avx2, x86-64-avx512, x86-64-avx512-zen4, x86-64-avx512-sapphirerapids, x86-64-amx
func.func @empty() {
  return
}
