func.func @attend(%q: tensor<?x64xbf16> {llama.dims = ["tokens"]}, %k: tensor<?x64xbf16> {llama.dims = ["keys"]}, %v: tensor<?x64xbf16> {llama.dims = ["keys"]}) -> (tensor<?x64xbf16> {llama.name = "y"}) {
  %0 = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 2 : i64, causal} : tensor<?x64xbf16>, tensor<?x64xbf16>, tensor<?x64xbf16> -> tensor<?x64xbf16>
  return %0 : tensor<?x64xbf16>
}
