// RUN: not llamir-opt %s --llama-pack-weights="panel-width=24 vector-width=16" 2>&1 | FileCheck %s

// CHECK: error: panel-width must be a positive multiple of vector-width, got 24 and 16
func.func @empty() {
  return
}
