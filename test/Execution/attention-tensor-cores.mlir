// Attention in shapes that tensor cores compute on CUDA, which all targets run:
// heads of 16 to 128, values of another width, grouped queries, a window, fewer
// and more rows than a block has, keys that end within a tile.

// RUN: llamir run %s --check --function=causal --activations=bf16 --dim=tokens=65 --dim=keys=130 | FileCheck %s
// RUN: llamir run %s --check --function=causal --activations=f16 --dim=tokens=2 --dim=keys=200 | FileCheck %s
// RUN: llamir run %s --check --function=full --activations=bf16 --dim=tokens=130 --dim=keys=65 | FileCheck %s
// RUN: llamir run %s --check --function=full --activations=f16 --dim=tokens=3 --dim=keys=0 | FileCheck %s
// RUN: llamir run %s --check --function=small --activations=bf16 --dim=tokens=130 --dim=keys=65 | FileCheck %s
// RUN: llamir run %s --check --function=window --activations=bf16 --dim=tokens=70 --dim=keys=200 | FileCheck %s
// RUN: llamir run %s --check --function=joined --activations=f16 --dim=tokens=64 --dim=keys=64 | FileCheck %s
// CHECK: attention{{.*}} ok

func.func @causal(%q: tensor<?x512xf32> {llama.dims = ["tokens"]}, %k: tensor<?x256xf32> {llama.dims = ["keys"]}, %v: tensor<?x256xf32> {llama.dims = ["keys"]}) -> tensor<?x512xf32> {
  %a = llama.attention %q, %k, %v {heads = 4 : i64, kv_heads = 2 : i64, causal} : tensor<?x512xf32>, tensor<?x256xf32>, tensor<?x256xf32> -> tensor<?x512xf32>
  return %a : tensor<?x512xf32>
}
func.func @full(%q: tensor<?x160xf32> {llama.dims = ["tokens"]}, %k: tensor<?x80xf32> {llama.dims = ["keys"]}, %v: tensor<?x48xf32> {llama.dims = ["keys"]}) -> tensor<?x96xf32> {
  %a = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 1 : i64, scale = 0.5 : f64} : tensor<?x160xf32>, tensor<?x80xf32>, tensor<?x48xf32> -> tensor<?x96xf32>
  return %a : tensor<?x96xf32>
}
func.func @small(%q: tensor<?x48xf32> {llama.dims = ["tokens"]}, %k: tensor<?x48xf32> {llama.dims = ["keys"]}, %v: tensor<?x96xf32> {llama.dims = ["keys"]}) -> tensor<?x96xf32> {
  %a = llama.attention %q, %k, %v {heads = 3 : i64, kv_heads = 3 : i64, causal} : tensor<?x48xf32>, tensor<?x48xf32>, tensor<?x96xf32> -> tensor<?x96xf32>
  return %a : tensor<?x96xf32>
}
func.func @window(%q: tensor<?x128xf32> {llama.dims = ["tokens"]}, %k: tensor<?x64xf32> {llama.dims = ["keys"]}, %v: tensor<?x64xf32> {llama.dims = ["keys"]}) -> tensor<?x128xf32> {
  %a = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 1 : i64, causal, window = 40 : i64} : tensor<?x128xf32>, tensor<?x64xf32>, tensor<?x64xf32> -> tensor<?x128xf32>
  return %a : tensor<?x128xf32>
}
// Queries, keys and values that lie in one array: rows are further apart.
func.func @joined(%x: tensor<?x96xf32> {llama.dims = ["tokens"]}, %y: tensor<?x128xf32> {llama.dims = ["keys"]}) -> tensor<?x64xf32> {
  %q:2 = llama.split %x : tensor<?x96xf32> -> tensor<?x64xf32>, tensor<?x32xf32>
  %kv:2 = llama.split %y : tensor<?x128xf32> -> tensor<?x64xf32>, tensor<?x64xf32>
  %a = llama.attention %q#0, %kv#0, %kv#1 {heads = 2 : i64, kv_heads = 2 : i64, causal} : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32> -> tensor<?x64xf32>
  return %a : tensor<?x64xf32>
}
