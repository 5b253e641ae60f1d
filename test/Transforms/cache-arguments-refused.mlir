// RUN: llamir-opt %s --llama-cache-arguments --remarks-filter=fusion --remark-format=emitRemark -verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @arguments(%{{[^,]*}}, %{{[^,]*}}) -> tensor<?x8xf32>
func.func @arguments(%x: tensor<?x8xf32>, %k: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-remark @below {{its keys or values are arguments already}}
  %a = llama.attention %x, %k, %k {heads = 2 : i64, kv_heads = 2 : i64}
      : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return %a : tensor<?x8xf32>
}

// CHECK-LABEL: func.func @inside(%{{[^,]*}}) -> tensor<?x8xf32>
func.func @inside(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = llama.kernel "all" (%y = %x) : (tensor<?x8xf32>) -> tensor<?x8xf32> {
    %k = llama.activation tanh %y : tensor<?x8xf32>
    // expected-remark @below {{its kernel computes the keys or the values itself}}
    %a = llama.attention %y, %k, %k {heads = 2 : i64, kv_heads = 2 : i64}
        : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
    llama.yield %a : tensor<?x8xf32>
  }
  return %0 : tensor<?x8xf32>
}

// CHECK-LABEL: func.func @shared(%{{[^,]*}}) -> tensor<?x8xf32>
func.func @shared(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %k = llama.activation tanh %x : tensor<?x8xf32>
  %0 = llama.kernel "attention" (%q = %x, %y = %k) : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32> {
    // expected-remark @below {{or reads them elsewhere too}}
    %a = llama.attention %q, %y, %y {heads = 2 : i64, kv_heads = 2 : i64}
        : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
    llama.yield %a : tensor<?x8xf32>
  }
  return %0 : tensor<?x8xf32>
}

// CHECK-LABEL: func.func @called(%{{[^,]*}}) -> tensor<?x8xf32>
func.func @called(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %k = llama.activation tanh %x : tensor<?x8xf32>
  // expected-remark @below {{its function is called by another}}
  %a = llama.attention %x, %k, %k {heads = 2 : i64, kv_heads = 2 : i64}
      : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return %a : tensor<?x8xf32>
}
func.func @caller(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %a = call @called(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %a : tensor<?x8xf32>
}

// CHECK-LABEL: func.func @blocks(%{{[^,]*}}) -> tensor<?x8xf32>
func.func @blocks(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %k = llama.activation tanh %x : tensor<?x8xf32>
  llvm.br ^end
^end:
  // expected-remark @below {{its function has several blocks}}
  %a = llama.attention %x, %k, %k {heads = 2 : i64, kv_heads = 2 : i64}
      : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return %a : tensor<?x8xf32>
}

// Nothing to do.
func.func @none(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  return %x : tensor<?x8xf32>
}
func.func private @declared(tensor<?x8xf32>) -> tensor<?x8xf32>
