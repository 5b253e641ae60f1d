//===- GoldensTest.cpp - The reference against PyTorch in float64 ---------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Numbers that others computed from the papers' formulas. They are not a part
// of the project: the folder $LLAMIR_TEST_DATA/goldens/ops has them, and
// without it these tests are skipped.
//
//===----------------------------------------------------------------------===//

#include "ReferenceTestBase.h"
#include "llamir/Support/Npy.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <cstdlib>

using namespace mlir;
using namespace llamir;
using namespace llamir::reference;

namespace {

class GoldensTest : public ReferenceTest {
protected:
  void SetUp() override {
    const char *data = std::getenv("LLAMIR_TEST_DATA");
    if (data)
      llvm::sys::path::append(folder, data, "goldens", "ops");
    if (!data || !llvm::sys::fs::is_directory(folder))
      GTEST_SKIP() << "no folder $LLAMIR_TEST_DATA/goldens/ops";
  }

  /// An array of the golden `name`. Of rank 3, the axes after the first are
  /// one: heads lie side by side.
  Tensor read(StringRef name, StringRef file) {
    SmallString<128> path(folder);
    llvm::sys::path::append(path, name, file + ".npy");
    llvm::Expected<Array> array = readNpy(path);
    if (!array) {
      ADD_FAILURE() << llvm::toString(array.takeError());
      return Tensor({0, 0}, {});
    }
    SmallVector<int64_t> shape(array->getShape());
    if (shape.size() == 3 && file != "in-weight" && file != "in-bias")
      shape[1] *= shape.pop_back_val();
    std::vector<double> data;
    for (int64_t i = 0; i < array->getNumElements(); ++i)
      data.push_back(array->get(i));
    return Tensor(shape, std::move(data));
  }

  /// Expects the result to be the golden one. That was computed in float64 and
  /// then stored as f32, so it may be half a unit of an f32 away, and besides
  /// that only what sums in another order change.
  void expectGolden(const Tensor &result, StringRef name, StringRef file) {
    SCOPED_TRACE((name + "/" + file).str());
    Tensor golden = read(name, file);
    ASSERT_EQ(result.shape, golden.shape);
    double largest = 0;
    for (double value : golden.data)
      largest = std::max(largest, std::abs(value));
    ASSERT_GT(largest, 0);
    for (size_t i = 0; i < golden.data.size(); ++i)
      ASSERT_NEAR(result.data[i], golden.data[i],
                  std::ldexp(std::abs(golden.data[i]), -24) + 1e-13 * largest)
          << "at " << i;
  }

  SmallString<128> folder;
};

TEST_F(GoldensTest, RMSNorm) {
  SmallVector<Tensor> results =
      run(R"(
    func.func @f(%x: tensor<?x96xf32>, %w: tensor<96xf32>) -> tensor<?x96xf32> {
      %0 = llama.norm %x over [1] gain %w {eps = 1.0e-5 : f64} : tensor<?x96xf32>, tensor<96xf32>
      return %0 : tensor<?x96xf32>
    })",
          {read("rms_norm", "in-x"), read("rms_norm", "in-weight")});
  ASSERT_EQ(results.size(), 1u) << errors;
  expectGolden(results[0], "rms_norm", "out-y");
}

TEST_F(GoldensTest, Norms) {
  struct {
    const char *name, *statistics, *affine, *type, *gain;
  } goldens[] = {
      {"layer_norm", "[1]", "", "tensor<?x96xf32>", "tensor<96xf32>"},
      {"layer_norm_chw", "[1, 2, 3]", "", "tensor<?x12x5x7xf32>",
       "tensor<12x5x7xf32>"},
      {"instance_norm", "[2, 3]", "along [1]", "tensor<?x12x5x7xf32>",
       "tensor<12xf32>"},
      {"group_norm_1", "[1, 2, 3] groups 1", "along [1]",
       "tensor<?x12x5x7xf32>", "tensor<12xf32>"},
      {"group_norm_3", "[1, 2, 3] groups 3", "along [1]",
       "tensor<?x12x5x7xf32>", "tensor<12xf32>"},
      {"group_norm_12", "[1, 2, 3] groups 12", "along [1]",
       "tensor<?x12x5x7xf32>", "tensor<12xf32>"},
  };
  for (const auto &golden : goldens) {
    std::string type = golden.type, gain = golden.gain;
    SmallVector<Tensor> results =
        run("func.func @f(%x: " + type + ", %g: " + gain + ", %b: " + gain +
                ") -> " + type + " {\n  %0 = llama.norm %x over " +
                golden.statistics + " centered gain %g bias %b " +
                golden.affine + " {eps = 1.0e-5 : f64} : " + type + ", " +
                gain + ", " + gain + "\n  return %0 : " + type + "\n}",
            {read(golden.name, "in-x"), read(golden.name, "in-weight"),
             read(golden.name, "in-bias")});
    ASSERT_EQ(results.size(), 1u) << golden.name << ": " << errors;
    expectGolden(results[0], golden.name, "out-y");
  }
}

TEST_F(GoldensTest, AddRMSNorm) {
  const char *name = "add_rms_norm";
  SmallVector<Tensor> results = run(
      R"(
    func.func @f(%x: tensor<?x96xf32>, %r: tensor<?x96xf32>, %w: tensor<96xf32>)
        -> (tensor<?x96xf32>, tensor<?x96xf32>) {
      %0 = llama.add %x, %r : tensor<?x96xf32>
      %1 = llama.norm %0 over [1] gain %w {eps = 1.0e-5 : f64} : tensor<?x96xf32>, tensor<96xf32>
      return %0, %1 : tensor<?x96xf32>, tensor<?x96xf32>
    })",
      {read(name, "in-x"), read(name, "in-residual"), read(name, "in-weight")});
  ASSERT_EQ(results.size(), 2u) << errors;
  expectGolden(results[0], name, "out-sum");
  expectGolden(results[1], name, "out-y");
}

TEST_F(GoldensTest, Rope) {
  std::pair<const char *, const char *> goldens[] = {
      {"rope_half", "half, theta = 1.0e4 : f64"},
      {"rope_interleaved", "interleaved, theta = 1.0e4 : f64"},
      {"rope_partial", "half, theta = 1.0e4 : f64, dims = 8"},
      {"rope_theta500k", "half, theta = 5.0e5 : f64"},
  };
  for (auto [name, rotary] : goldens) {
    SmallVector<Tensor> results =
        run(std::string("func.func @f(%q: tensor<?x64xf32>, %p: tensor<?xi32>)"
                        " -> tensor<?x64xf32> {\n"
                        "  %0 = llama.rope %q, %p by #llama.rotary<") +
                rotary +
                "> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> "
                "tensor<?x64xf32>\n"
                "  return %0 : tensor<?x64xf32>\n}",
            {read(name, "in-q"), read(name, "in-positions")});
    ASSERT_EQ(results.size(), 1u) << name << ": " << errors;
    expectGolden(results[0], name, "out-y");
  }
}

TEST_F(GoldensTest, Attention) {
  struct {
    const char *name, *attributes, *keyType;
  } goldens[] = {
      {"attention_causal", "kv_heads = 4 : i64, causal", "tensor<?x64xf32>"},
      {"attention_full", "kv_heads = 4 : i64", "tensor<?x64xf32>"},
      {"attention_gqa", "kv_heads = 2 : i64, causal", "tensor<?x32xf32>"},
      {"attention_window4", "kv_heads = 4 : i64, causal, window = 4 : i64",
       "tensor<?x64xf32>"},
  };
  for (const auto &golden : goldens) {
    std::string key = golden.keyType;
    SmallVector<Tensor> results = run(
        "func.func @f(%q: tensor<?x64xf32>, %k: " + key + ", %v: " + key +
            ") -> tensor<?x64xf32> {\n"
            "  %0 = llama.attention %q, %k, %v {heads = 4 : i64, " +
            golden.attributes + "} : tensor<?x64xf32>, " + key + ", " + key +
            " -> tensor<?x64xf32>\n"
            "  return %0 : tensor<?x64xf32>\n}",
        {read(golden.name, "in-q"), read(golden.name, "in-k"),
         read(golden.name, "in-v")});
    ASSERT_EQ(results.size(), 1u) << golden.name << ": " << errors;
    expectGolden(results[0], golden.name, "out-y");
  }
}

TEST_F(GoldensTest, Activations) {
  std::pair<const char *, const char *> goldens[] = {
      {"relu", "out-relu"},
      {"silu", "out-silu"},
      {"gelu", "out-gelu_erf"},
      {"gelu_tanh", "out-gelu_tanh"},
      {"sigmoid", "out-sigmoid"},
      {"tanh", "out-tanh"},
      {"gelu_quick", "out-gelu_quick"},
  };
  for (auto [kind, file] : goldens) {
    SmallVector<Tensor> results =
        run(std::string("func.func @f(%x: tensor<?x96xf32>)"
                        " -> tensor<?x96xf32> {\n  %0 = llama.activation ") +
                kind +
                " %x : tensor<?x96xf32>\n"
                "  return %0 : tensor<?x96xf32>\n}",
            {read("activations", "in-x")});
    ASSERT_EQ(results.size(), 1u) << kind << ": " << errors;
    expectGolden(results[0], "activations", file);
  }
}

TEST_F(GoldensTest, GatedFFN) {
  // The bilinear layer has a gate without a function.
  std::pair<const char *, const char *> goldens[] = {
      {"ffn_swiglu", "silu"}, {"ffn_geglu", "gelu"}, {"ffn_reglu", "relu"},
      {"ffn_glu", "sigmoid"}, {"ffn_bilinear", ""},
  };
  for (auto [name, kind] : goldens) {
    std::string activation = *kind ? std::string("  %a = llama.activation ") +
                                         kind + " %g : tensor<?x256xf32>\n"
                                   : std::string();
    SmallVector<Tensor> results = run(
        R"(func.func @f(%x: tensor<?x96xf32>, %wg: tensor<256x96xf32>,
                        %wu: tensor<256x96xf32>, %wd: tensor<96x256xf32>)
               -> tensor<?x96xf32> {
             %g = llama.linear %x, %wg : tensor<?x96xf32>, tensor<256x96xf32> -> tensor<?x256xf32>
             %u = llama.linear %x, %wu : tensor<?x96xf32>, tensor<256x96xf32> -> tensor<?x256xf32>
           )" +
            activation + "  %m = llama.mul " + (*kind ? "%a" : "%g") +
            R"(, %u : tensor<?x256xf32>
             %y = llama.linear %m, %wd : tensor<?x256xf32>, tensor<96x256xf32> -> tensor<?x96xf32>
             return %y : tensor<?x96xf32>
           })",
        {read(name, "in-x"), read(name, "in-gate"), read(name, "in-up"),
         read(name, "in-down")});
    ASSERT_EQ(results.size(), 1u) << name << ": " << errors;
    expectGolden(results[0], name, "out-y");
  }
}

} // namespace
