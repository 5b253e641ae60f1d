"""Writes a pipeline whose one expression is a sum, made by that many additions."""

import sys

additions = int(sys.argv[1])
print("""halide.pipeline @sum(%x: !halide.buffer<?xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %0 = halide.at %x[%i] : !halide.buffer<?xf32> -> f32""")
for i in range(additions):
    print(f"    %{i + 1} = arith.addf %{i}, %0 : f32")
print(f"""    halide.yield %{additions} : f32
  }}
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<?xf32>]
  halide.schedule for "x86-64" {{
  }}
}}""")
