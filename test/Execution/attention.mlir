// Attention on sizes of its own: full and causal, more keys than queries, values
// of another width, head sizes that no vector divides, a scale.

// RUN: llamir run %s --check --function=full --dim=tokens=7 --dim=keys=150 | FileCheck %s
// RUN: llamir run %s --check --function=causal --dim=tokens=3 --dim=keys=130 | FileCheck %s
// RUN: llamir run %s --check --function=causal --dim=tokens=5 --dim=keys=2 | FileCheck %s
// RUN: llamir run %s --check --function=one_head --dim=tokens=100 --dim=keys=100 | FileCheck %s

// One token, and few, have tiles of their own: 5 at most, with three heads for a
// key head.
// RUN: llamir run %s --check --function=full --dim=tokens=1 --dim=keys=150 | FileCheck %s
// RUN: llamir run %s --check --function=one_head --dim=tokens=1 --dim=keys=1 | FileCheck %s
// RUN: llamir run %s --check --function=causal --dim=tokens=1 --dim=keys=129 --target=x86-64 | FileCheck %s
// RUN: llamir run %s --check --function=causal --dim=tokens=1 --dim=keys=600 | FileCheck %s
// RUN: llamir run %s --check --function=causal --dim=tokens=5 --dim=keys=131 | FileCheck %s
// RUN: llamir run %s --check --function=causal --dim=tokens=6 --dim=keys=131 | FileCheck %s
// RUN: llamir run %s --check --function=causal --dim=tokens=5 --dim=keys=131 --target=x86-64 | FileCheck %s
// RUN: %if avx2 %{ llamir run %s --check --function=causal --dim=tokens=1 --dim=keys=131 --target=x86-64-avx2 | FileCheck %s %}
// RUN: llamir run %s --check --function=many_groups --dim=tokens=2 --dim=keys=9 | FileCheck %s
// RUN: llamir run %s --check --function=eight_heads --dim=tokens=1 --dim=keys=300 | FileCheck %s
// Several blocks of keys, of which causal tiles see parts.
// RUN: llamir run %s --check --function=causal --dim=tokens=300 --dim=keys=530 | FileCheck %s
// RUN: llamir run %s --check --function=causal --dim=tokens=100 --dim=keys=523 --target=x86-64 | FileCheck %s
// RUN: llamir run %s --check --function=full --dim=tokens=33 --dim=keys=515 | FileCheck %s
// RUN: llamir run %s --check --function=static_few | FileCheck %s
// A window that hides whole blocks, and its soft cap.
// RUN: llamir run %s --check --function=window --dim=tokens=300 --dim=keys=530 | FileCheck %s
// RUN: llamir run %s --check --function=window --dim=tokens=1 --dim=keys=600 | FileCheck %s
// RUN: llamir run %s --check --function=window --dim=tokens=5 --dim=keys=131 --target=x86-64 | FileCheck %s
// RUN: llamir run %s --check --function=window --dim=tokens=7 --dim=keys=3 | FileCheck %s
// RUN: llamir run %s --check --function=softcap --dim=tokens=9 --dim=keys=9 | FileCheck %s
// RUN: llamir run %s --check --function=static_many | FileCheck %s

// Over no keys at all, the result is zeros.
// RUN: llamir run %s --check --function=full --dim=tokens=5 --dim=keys=0 | FileCheck %s
// RUN: llamir run %s --check --function=causal --dim=tokens=1 --dim=keys=0 | FileCheck %s
// RUN: llamir run %s --check --function=full --dim=tokens=0 --dim=keys=5 | FileCheck %s --check-prefix=NOTHING
// NOTHING: result0: [0, 40] f32

// CHECK: attention{{.*}} ok

func.func @full(%q: tensor<?x144xf32> {llama.dims = ["tokens"]}, %k: tensor<?x72xf32> {llama.dims = ["keys"]}, %v: tensor<?x20xf32> {llama.dims = ["keys"]}) -> tensor<?x40xf32> {
  %a = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 1 : i64, scale = 0.5 : f64} : tensor<?x144xf32>, tensor<?x72xf32>, tensor<?x20xf32> -> tensor<?x40xf32>
  return %a : tensor<?x40xf32>
}
func.func @causal(%q: tensor<?x300xf32> {llama.dims = ["tokens"]}, %k: tensor<?x100xf32> {llama.dims = ["keys"]}, %v: tensor<?x100xf32> {llama.dims = ["keys"]}) -> tensor<?x300xf32> {
  %a = llama.attention %q, %k, %v {heads = 3 : i64, kv_heads = 1 : i64, causal} : tensor<?x300xf32>, tensor<?x100xf32>, tensor<?x100xf32> -> tensor<?x300xf32>
  return %a : tensor<?x300xf32>
}
func.func @one_head(%q: tensor<?x8xf32> {llama.dims = ["tokens"]}, %k: tensor<?x8xf32> {llama.dims = ["keys"]}, %v: tensor<?x8xf32> {llama.dims = ["keys"]}) -> tensor<?x8xf32> {
  %a = llama.attention %q, %k, %v {heads = 1 : i64, kv_heads = 1 : i64, causal} : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return %a : tensor<?x8xf32>
}
func.func @window(%q: tensor<?x96xf32> {llama.dims = ["tokens"]}, %k: tensor<?x48xf32> {llama.dims = ["keys"]}, %v: tensor<?x48xf32> {llama.dims = ["keys"]}) -> tensor<?x96xf32> {
  %a = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 1 : i64, causal, window = 40 : i64} : tensor<?x96xf32>, tensor<?x48xf32>, tensor<?x48xf32> -> tensor<?x96xf32>
  return %a : tensor<?x96xf32>
}
func.func @softcap(%q: tensor<?x32xf32> {llama.dims = ["tokens"]}, %k: tensor<?x32xf32> {llama.dims = ["keys"]}, %v: tensor<?x32xf32> {llama.dims = ["keys"]}) -> tensor<?x32xf32> {
  %a = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 2 : i64, causal, scale = 3.0 : f64, softcap = 2.0 : f64} : tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32> -> tensor<?x32xf32>
  return %a : tensor<?x32xf32>
}
// Eight heads of a key head, as large models have them, and four narrow ones:
// much and little for the memory that a device's block shares.
func.func @eight_heads(%q: tensor<?x1024xf32> {llama.dims = ["tokens"]}, %k: tensor<?x128xf32> {llama.dims = ["keys"]}, %v: tensor<?x128xf32> {llama.dims = ["keys"]}) -> tensor<?x1024xf32> {
  %a = llama.attention %q, %k, %v {heads = 8 : i64, kv_heads = 1 : i64, causal} : tensor<?x1024xf32>, tensor<?x128xf32>, tensor<?x128xf32> -> tensor<?x1024xf32>
  return %a : tensor<?x1024xf32>
}
func.func @narrow_heads(%q: tensor<?x96xf32> {llama.dims = ["tokens"]}, %k: tensor<?x24xf32> {llama.dims = ["keys"]}, %v: tensor<?x24xf32> {llama.dims = ["keys"]}) -> tensor<?x96xf32> {
  %a = llama.attention %q, %k, %v {heads = 4 : i64, kv_heads = 1 : i64, causal} : tensor<?x96xf32>, tensor<?x24xf32>, tensor<?x24xf32> -> tensor<?x96xf32>
  return %a : tensor<?x96xf32>
}
// 20 heads of a key head: no tile for few.
func.func @many_groups(%q: tensor<?x160xf32> {llama.dims = ["tokens"]}, %k: tensor<?x8xf32> {llama.dims = ["keys"]}, %v: tensor<?x8xf32> {llama.dims = ["keys"]}) -> tensor<?x160xf32> {
  %a = llama.attention %q, %k, %v {heads = 20 : i64, kv_heads = 1 : i64, causal} : tensor<?x160xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x160xf32>
  return %a : tensor<?x160xf32>
}
func.func @static_few(%q: tensor<2x32xf32>, %k: tensor<9x16xf32>, %v: tensor<9x16xf32>) -> tensor<2x32xf32> {
  %a = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 1 : i64, causal} : tensor<2x32xf32>, tensor<9x16xf32>, tensor<9x16xf32> -> tensor<2x32xf32>
  return %a : tensor<2x32xf32>
}
func.func @static_many(%q: tensor<60x32xf32>, %k: tensor<90x16xf32>, %v: tensor<90x16xf32>) -> tensor<60x32xf32> {
  %a = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 1 : i64, causal} : tensor<60x32xf32>, tensor<90x16xf32>, tensor<90x16xf32> -> tensor<60x32xf32>
  return %a : tensor<60x32xf32>
}
