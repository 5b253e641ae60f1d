// RUN: not llamir-opt %s --llama-relax-rounding=target=z80 2>&1 | FileCheck %s
// CHECK: error: unknown target 'z80'; there are host, x86-64
module {
}
