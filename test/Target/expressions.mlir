// Every op of an expression, beside the exponential: Inputs/expressions.c calls the
// kernels, vectors with a tail, and compares with what C computes.

// RUN: rm -rf %t && mkdir -p %t
// RUN: llamir-opt %s --halide-schedule=target=x86-64 --halide-codegen="target=x86-64 output-dir=%t" -o /dev/null
// RUN: %cc -std=c11 -Wall -Wextra -Werror %S/Inputs/expressions.c %t/*.o %llamir_rt -lpthread -ldl -lm -o %t/sse && %t/sse
// RUN: %if avx2 %{ llamir-opt %s --halide-schedule=target=x86-64-avx2 --halide-codegen="target=x86-64-avx2 output-dir=%t" -o /dev/null %}
// RUN: %if avx2 %{ %cc -std=c11 %S/Inputs/expressions.c %t/*.o %llamir_rt -lpthread -ldl -lm -o %t/avx2 && %t/avx2 %}
// RUN: %if avx512 %{ llamir-opt %s --halide-schedule=target=x86-64-avx512 --halide-codegen="target=x86-64-avx512 output-dir=%t" -o /dev/null %}
// RUN: %if avx512 %{ %cc -std=c11 %S/Inputs/expressions.c %t/*.o %llamir_rt -lpthread -ldl -lm -o %t/avx512 && %t/avx512 %}

halide.pipeline @integers(%as: !halide.buffer<?xi32>, %bs: !halide.buffer<?xi32>) {
  %r = halide.func "r" ["i"] : !halide.func<1, i32, i32, i32, i32, i32, i32, i32, i32> {
  ^bb0(%i: index):
    %a = halide.at %as[%i] : !halide.buffer<?xi32> -> i32
    %b = halide.at %bs[%i] : !halide.buffer<?xi32> -> i32
    %addi = arith.addi %a, %b : i32
    %subi = arith.subi %a, %b : i32
    %muli = arith.muli %a, %b : i32
    %andi = arith.andi %a, %b : i32
    %ori = arith.ori %a, %b : i32
    %xori = arith.xori %a, %b : i32
    %maxsi = arith.maxsi %a, %b : i32
    %minsi = arith.minsi %a, %b : i32
    halide.yield %addi, %subi, %muli, %andi, %ori, %xori, %maxsi, %minsi : i32, i32, i32, i32, i32, i32, i32, i32
  }
  halide.output %r : !halide.func<1, i32, i32, i32, i32, i32, i32, i32, i32>
    as [!halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>]
}

// Halide's division: the remainder is not negative, and a division by zero is zero.
halide.pipeline @divisions(%as: !halide.buffer<?xi32>, %bs: !halide.buffer<?xi32>) {
  %r = halide.func "r" ["i"] : !halide.func<1, i32, i32, i32, i32, i32, i32, i32, i32, i32, i32> {
  ^bb0(%i: index):
    %a = halide.at %as[%i] : !halide.buffer<?xi32> -> i32
    %b = halide.at %bs[%i] : !halide.buffer<?xi32> -> i32
    %div = halide.div %a, %b : i32
    %mod = halide.mod %a, %b : i32
    %c7 = arith.constant 7 : i32
    %m7 = arith.constant -7 : i32
    %zero = arith.constant 0 : i32
    %div_c7 = halide.div %a, %c7 : i32
    %div_m7 = halide.div %a, %m7 : i32
    %div_zero = halide.div %a, %zero : i32
    %mod_c7 = halide.mod %a, %c7 : i32
    %mod_m7 = halide.mod %a, %m7 : i32
    %mod_zero = halide.mod %a, %zero : i32
    %index = arith.index_cast %a : i32 to index
    %c16 = arith.constant 16 : index
    %div_index = halide.div %index, %c16 : index
    %div_c16 = arith.index_cast %div_index : index to i32
    %mod_index = halide.mod %index, %c16 : index
    %mod_c16 = arith.index_cast %mod_index : index to i32
    halide.yield %div, %mod, %div_c7, %div_m7, %div_zero, %mod_c7, %mod_m7, %mod_zero, %div_c16, %mod_c16 : i32, i32, i32, i32, i32, i32, i32, i32, i32, i32
  }
  halide.output %r : !halide.func<1, i32, i32, i32, i32, i32, i32, i32, i32, i32, i32>
    as [!halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>]
}

halide.pipeline @comparisons(%as: !halide.buffer<?xi32>, %bs: !halide.buffer<?xi32>) {
  %r = halide.func "r" ["i"] : !halide.func<1, i32, i32, i32, i32, i32, i32, i32, i32, i32, i32> {
  ^bb0(%i: index):
    %a = halide.at %as[%i] : !halide.buffer<?xi32> -> i32
    %b = halide.at %bs[%i] : !halide.buffer<?xi32> -> i32
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %is_eq = arith.cmpi eq, %a, %b : i32
    %eq = arith.select %is_eq, %one, %zero : i32
    %is_ne = arith.cmpi ne, %a, %b : i32
    %ne = arith.select %is_ne, %one, %zero : i32
    %is_slt = arith.cmpi slt, %a, %b : i32
    %slt = arith.select %is_slt, %one, %zero : i32
    %is_sle = arith.cmpi sle, %a, %b : i32
    %sle = arith.select %is_sle, %one, %zero : i32
    %is_sgt = arith.cmpi sgt, %a, %b : i32
    %sgt = arith.select %is_sgt, %one, %zero : i32
    %is_sge = arith.cmpi sge, %a, %b : i32
    %sge = arith.select %is_sge, %one, %zero : i32
    %true = arith.constant true
    %and = arith.andi %is_sle, %is_sge : i1
    %or = arith.ori %is_slt, %is_sgt : i1
    %not = arith.xori %is_eq, %true : i1
    %same = arith.cmpi eq, %not, %or : i1
    %and_ = arith.select %and, %one, %zero : i32
    %or_ = arith.select %or, %one, %zero : i32
    %not_ = arith.select %not, %one, %zero : i32
    %same_ = arith.select %same, %one, %zero : i32
    halide.yield %eq, %ne, %slt, %sle, %sgt, %sge, %and_, %or_, %not_, %same_ : i32, i32, i32, i32, i32, i32, i32, i32, i32, i32
  }
  halide.output %r : !halide.func<1, i32, i32, i32, i32, i32, i32, i32, i32, i32, i32>
    as [!halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>]
}

halide.pipeline @float_comparisons(%xs: !halide.buffer<?xf32>, %ys: !halide.buffer<?xf32>) {
  %r = halide.func "r" ["i"] : !halide.func<1, i32, i32, i32, i32, i32, i32, i32, i32> {
  ^bb0(%i: index):
    %x = halide.at %xs[%i] : !halide.buffer<?xf32> -> f32
    %y = halide.at %ys[%i] : !halide.buffer<?xf32> -> f32
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %is_oeq = arith.cmpf oeq, %x, %y : f32
    %oeq = arith.select %is_oeq, %one, %zero : i32
    %is_une = arith.cmpf une, %x, %y : f32
    %une = arith.select %is_une, %one, %zero : i32
    %is_olt = arith.cmpf olt, %x, %y : f32
    %olt = arith.select %is_olt, %one, %zero : i32
    %is_ule = arith.cmpf ule, %x, %y : f32
    %ule = arith.select %is_ule, %one, %zero : i32
    %is_ogt = arith.cmpf ogt, %x, %y : f32
    %ogt = arith.select %is_ogt, %one, %zero : i32
    %is_uge = arith.cmpf uge, %x, %y : f32
    %uge = arith.select %is_uge, %one, %zero : i32
    %is_uno = arith.cmpf uno, %x, %y : f32
    %uno = arith.select %is_uno, %one, %zero : i32
    %is_nan = arith.cmpf uno, %x, %x : f32
    %nan = arith.select %is_nan, %one, %zero : i32
    halide.yield %oeq, %une, %olt, %ule, %ogt, %uge, %uno, %nan : i32, i32, i32, i32, i32, i32, i32, i32
  }
  halide.output %r : !halide.func<1, i32, i32, i32, i32, i32, i32, i32, i32>
    as [!halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>]
}

halide.pipeline @bits(%as: !halide.buffer<?xi32>) {
  %r = halide.func "r" ["i"] : !halide.func<1, f32, i32, i32, i32, i32, i32, i8, i32, i64> {
  ^bb0(%i: index):
    %a = halide.at %as[%i] : !halide.buffer<?xi32> -> i32
    %n = arith.bitcast %a : i32 to f32
    %b = arith.bitcast %n : f32 to i32
    %c3 = arith.constant 3 : i32
    %left = arith.shli %a, %c3 : i32
    %right = arith.shrsi %a, %c3 : i32
    %c31 = arith.constant 31 : i32
    %amount = arith.andi %a, %c31 : i32
    %left_by = arith.shli %a, %amount : i32
    %right_by = arith.shrsi %a, %amount : i32
    %byte = arith.trunci %a : i32 to i8
    %extended = arith.extsi %byte : i8 to i32
    %long = arith.extsi %a : i32 to i64
    halide.yield %n, %b, %left, %right, %left_by, %right_by, %byte, %extended, %long : f32, i32, i32, i32, i32, i32, i8, i32, i64
  }
  halide.output %r : !halide.func<1, f32, i32, i32, i32, i32, i32, i8, i32, i64>
    as [!halide.buffer<?xf32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi32>, !halide.buffer<?xi8>, !halide.buffer<?xi32>, !halide.buffer<?xi64>]
}

halide.pipeline @conversions(%as: !halide.buffer<?xi32>, %xs: !halide.buffer<?xf32>) {
  %r = halide.func "r" ["i"] : !halide.func<1, f32, f64, i32, f32, f32, f64, f32> {
  ^bb0(%i: index):
    %a = halide.at %as[%i] : !halide.buffer<?xi32> -> i32
    %x = halide.at %xs[%i] : !halide.buffer<?xf32> -> f32
    %float = arith.sitofp %a : i32 to f32
    %double = arith.sitofp %a : i32 to f64
    %int = arith.fptosi %x : f32 to i32
    %half = arith.truncf %x : f32 to f16
    %from_half = arith.extf %half : f16 to f32
    %brain = arith.truncf %x : f32 to bf16
    %from_brain = arith.extf %brain : bf16 to f32
    %wide = arith.extf %x : f32 to f64
    %narrow = arith.truncf %double : f64 to f32
    halide.yield %float, %double, %int, %from_half, %from_brain, %wide, %narrow : f32, f64, i32, f32, f32, f64, f32
  }
  halide.output %r : !halide.func<1, f32, f64, i32, f32, f32, f64, f32>
    as [!halide.buffer<?xf32>, !halide.buffer<?xf64>, !halide.buffer<?xi32>, !halide.buffer<?xf32>, !halide.buffer<?xf32>, !halide.buffer<?xf64>, !halide.buffer<?xf32>]
}

halide.pipeline @floats(%xs: !halide.buffer<?xf32>, %ys: !halide.buffer<?xf32>) {
  %r = halide.func "r" ["i"] : !halide.func<1, f32, f32, f32, f32, f32, f32, f32> {
  ^bb0(%i: index):
    %x = halide.at %xs[%i] : !halide.buffer<?xf32> -> f32
    %y = halide.at %ys[%i] : !halide.buffer<?xf32> -> f32
    %addf = arith.addf %x, %y : f32
    %subf = arith.subf %x, %y : f32
    %mulf = arith.mulf %x, %y : f32
    %divf = arith.divf %x, %y : f32
    %maxnumf = arith.maxnumf %x, %y : f32
    %minnumf = arith.minnumf %x, %y : f32
    %negf = arith.negf %x : f32
    halide.yield %addf, %subf, %mulf, %divf, %maxnumf, %minnumf, %negf : f32, f32, f32, f32, f32, f32, f32
  }
  halide.output %r : !halide.func<1, f32, f32, f32, f32, f32, f32, f32>
    as [!halide.buffer<?xf32>, !halide.buffer<?xf32>, !halide.buffer<?xf32>, !halide.buffer<?xf32>, !halide.buffer<?xf32>, !halide.buffer<?xf32>, !halide.buffer<?xf32>]
}

halide.pipeline @functions(%xs: !halide.buffer<?xf32>) {
  %r = halide.func "r" ["i"] : !halide.func<1, f32, f32, f32, f32, f32, f32, f32, f32, f32, f32> {
  ^bb0(%i: index):
    %x = halide.at %xs[%i] : !halide.buffer<?xf32> -> f32
    %sqrt = math.sqrt %x : f32
    %rsqrt = math.rsqrt %x : f32
    %sin = math.sin %x : f32
    %cos = math.cos %x : f32
    %tanh = math.tanh %x : f32
    %absf = math.absf %x : f32
    %floor = math.floor %x : f32
    %ceil = math.ceil %x : f32
    %roundeven = math.roundeven %x : f32
    %erf = math.erf %x : f32
    halide.yield %sqrt, %rsqrt, %sin, %cos, %tanh, %absf, %floor, %ceil, %roundeven, %erf : f32, f32, f32, f32, f32, f32, f32, f32, f32, f32
  }
  halide.output %r : !halide.func<1, f32, f32, f32, f32, f32, f32, f32, f32, f32, f32>
    as [!halide.buffer<?xf32>, !halide.buffer<?xf32>, !halide.buffer<?xf32>, !halide.buffer<?xf32>, !halide.buffer<?xf32>, !halide.buffer<?xf32>, !halide.buffer<?xf32>, !halide.buffer<?xf32>, !halide.buffer<?xf32>, !halide.buffer<?xf32>]
}

// Computed in f32, and rounded.
halide.pipeline @short_functions(%xs: !halide.buffer<?xf32>) {
  %r = halide.func "r" ["i"] : !halide.func<1, f32, f32, f32, f32, f32, f32, f32, f32, f32, f32> {
  ^bb0(%i: index):
    %x = halide.at %xs[%i] : !halide.buffer<?xf32> -> f32
    %h = arith.truncf %x : f32 to bf16
    %sqrt_h = math.sqrt %h : bf16
    %sqrt = arith.extf %sqrt_h : bf16 to f32
    %rsqrt_h = math.rsqrt %h : bf16
    %rsqrt = arith.extf %rsqrt_h : bf16 to f32
    %sin_h = math.sin %h : bf16
    %sin = arith.extf %sin_h : bf16 to f32
    %cos_h = math.cos %h : bf16
    %cos = arith.extf %cos_h : bf16 to f32
    %tanh_h = math.tanh %h : bf16
    %tanh = arith.extf %tanh_h : bf16 to f32
    %absf_h = math.absf %h : bf16
    %absf = arith.extf %absf_h : bf16 to f32
    %floor_h = math.floor %h : bf16
    %floor = arith.extf %floor_h : bf16 to f32
    %ceil_h = math.ceil %h : bf16
    %ceil = arith.extf %ceil_h : bf16 to f32
    %roundeven_h = math.roundeven %h : bf16
    %roundeven = arith.extf %roundeven_h : bf16 to f32
    %erf_h = math.erf %h : bf16
    %erf = arith.extf %erf_h : bf16 to f32
    halide.yield %sqrt, %rsqrt, %sin, %cos, %tanh, %absf, %floor, %ceil, %roundeven, %erf : f32, f32, f32, f32, f32, f32, f32, f32, f32, f32
  }
  halide.output %r : !halide.func<1, f32, f32, f32, f32, f32, f32, f32, f32, f32, f32>
    as [!halide.buffer<?xf32>, !halide.buffer<?xf32>, !halide.buffer<?xf32>, !halide.buffer<?xf32>, !halide.buffer<?xf32>, !halide.buffer<?xf32>, !halide.buffer<?xf32>, !halide.buffer<?xf32>, !halide.buffer<?xf32>, !halide.buffer<?xf32>]
}

halide.pipeline @long_functions(%xs: !halide.buffer<?xf64>) {
  %r = halide.func "r" ["i"] : !halide.func<1, f64, f64, f64, f64, f64, f64, f64, f64, f64> {
  ^bb0(%i: index):
    %x = halide.at %xs[%i] : !halide.buffer<?xf64> -> f64
    %sqrt = math.sqrt %x : f64
    %rsqrt = math.rsqrt %x : f64
    %sin = math.sin %x : f64
    %cos = math.cos %x : f64
    %tanh = math.tanh %x : f64
    %absf = math.absf %x : f64
    %floor = math.floor %x : f64
    %ceil = math.ceil %x : f64
    %roundeven = math.roundeven %x : f64
    halide.yield %sqrt, %rsqrt, %sin, %cos, %tanh, %absf, %floor, %ceil, %roundeven : f64, f64, f64, f64, f64, f64, f64, f64, f64
  }
  halide.output %r : !halide.func<1, f64, f64, f64, f64, f64, f64, f64, f64, f64>
    as [!halide.buffer<?xf64>, !halide.buffer<?xf64>, !halide.buffer<?xf64>, !halide.buffer<?xf64>, !halide.buffer<?xf64>, !halide.buffer<?xf64>, !halide.buffer<?xf64>, !halide.buffer<?xf64>, !halide.buffer<?xf64>]
}
