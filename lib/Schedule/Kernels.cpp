//===- Kernels.cpp - What kernels look like to schedules ------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"
#include "dialects/llama/LlamaDialect.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

//===----------------------------------------------------------------------===//
// The kinds
//===----------------------------------------------------------------------===//

static constexpr FuncRequirement elementwiseFuncs[] = {
    {"output", FuncRequirement::One, FuncRequirement::any, 0},
    {"rotation", FuncRequirement::Any, 2, 0},
    {"scale", FuncRequirement::Any, 1, 0},
    {"last_position", FuncRequirement::Any, 1, 1},
    {"ratio", FuncRequirement::Any, 1, 0}};

static constexpr FuncRequirement statisticsFuncs[] = {
    {"output", FuncRequirement::One, FuncRequirement::any, 0},
    {"part", FuncRequirement::One, 2, 0},
    {"batch_total", FuncRequirement::AtMostOne, 1, 1},
    {"batch_squares", FuncRequirement::AtMostOne, 1, 1}};
static constexpr llvm::StringLiteral partPrefixes[] = {"row_", "column_"};
static constexpr FuncRequirement partFuncs[] = {
    {"total", FuncRequirement::One, 2, 1},
    {"squares", FuncRequirement::One, 2, 1}};

static constexpr FuncRequirement normFuncs[] = {
    {"output", FuncRequirement::One, FuncRequirement::any, 0},
    {"rotation", FuncRequirement::AtMostOne, 2, 0},
    {"scale", FuncRequirement::Any, 1, 0},
    {"last_position", FuncRequirement::AtMostOne, 1, 1},
    {"ratio", FuncRequirement::AtMostOne, 1, 0},
    {"row_total", FuncRequirement::AtMostOne, FuncRequirement::ofRows, 1},
    {"row_sum", FuncRequirement::One, FuncRequirement::ofRows, 1},
    {"row_scale", FuncRequirement::One, FuncRequirement::ofRows, 0}};

static constexpr FuncRequirement recurrenceFuncs[] = {
    {"output", FuncRequirement::One, FuncRequirement::any, 0},
    {"chunk_state", FuncRequirement::AtMostOne, 4, 1},
    {"carried", FuncRequirement::AtMostOne, 4, 1},
    {"chunk_keys", FuncRequirement::AtMostOne, 3, 1},
    {"carried_keys", FuncRequirement::AtMostOne, 3, 1},
    {"queries", FuncRequirement::AtMostOne, 4, 0},
    {"keys", FuncRequirement::AtMostOne, 4, 0},
    {"scores", FuncRequirement::AtMostOne, 4, 1},
    {"weights", FuncRequirement::AtMostOne, 4, 0},
    {"numerator", FuncRequirement::AtMostOne, 4, FuncRequirement::any},
    {"prefix", FuncRequirement::AtMostOne, 4, 1},
    {"denominator", FuncRequirement::AtMostOne, 3, 1},
    {"state", FuncRequirement::AtMostOne, 3, 1},
    {"state_keys", FuncRequirement::AtMostOne, 2, 1},
    {"applied", FuncRequirement::AtMostOne, 3, 1},
    {"applied_keys", FuncRequirement::AtMostOne, 2, 1}};

static constexpr FuncRequirement linearFuncs[] = {
    {"output", FuncRequirement::One, FuncRequirement::any, 0},
    {"product", FuncRequirement::Any, 3, FuncRequirement::any},
    {"tile", FuncRequirement::Any, 3, FuncRequirement::any},
    {"wide_product", FuncRequirement::Any, 3, FuncRequirement::any},
    {"wide_tile", FuncRequirement::Any, 3, FuncRequirement::any},
    {"panel", FuncRequirement::Any, 3, 0},
    {"wide_rows", FuncRequirement::Any, 2, 0},
    {"operand", FuncRequirement::Any, 2, 0},
    {"row_total", FuncRequirement::AtMostOne, FuncRequirement::ofRows, 1},
    {"row_sum", FuncRequirement::AtMostOne, FuncRequirement::ofRows, 1},
    {"row_scale", FuncRequirement::AtMostOne, FuncRequirement::ofRows, 0},
    {"rows", FuncRequirement::Any, 2, 0},
    {"parts", FuncRequirement::Any, 3, 0},
    {"activations", FuncRequirement::Any, 2, 0},
    {"rotation", FuncRequirement::AtMostOne, 2, 0},
    {"scale", FuncRequirement::Any, 1, 0},
    {"last_position", FuncRequirement::AtMostOne, 1, 1},
    {"ratio", FuncRequirement::AtMostOne, 1, 0}};

static constexpr FuncRequirement attentionFuncs[] = {
    {"output", FuncRequirement::One, 4, 0}};
static constexpr llvm::StringLiteral attentionPrefixes[] = {"single_", "few_",
                                                            ""};
// One token reads its query rows as they are, without a transposed func.
static constexpr FuncRequirement attentionTileFuncs[] = {
    {"query_rows", FuncRequirement::One, 4, 0},
    {"queries", FuncRequirement::AtMostOne, 4, 0},
    {"position_rows", FuncRequirement::AtMostOne, 4, 0},
    {"position_queries", FuncRequirement::AtMostOne, 4, 0},
    {"distances", FuncRequirement::AtMostOne, 3, 0},
    {"keys", FuncRequirement::One, 4, 0},
    {"scores", FuncRequirement::One, 5, FuncRequirement::any},
    {"masked", FuncRequirement::One, 5, 0},
    {"block_max", FuncRequirement::One, 4, 1},
    {"weights", FuncRequirement::One, 5, 0},
    {"block_sum", FuncRequirement::One, 4, 1},
    {"values", FuncRequirement::One, 4, 0},
    {"block_result", FuncRequirement::One, 5, 1},
    {"part", FuncRequirement::One, 5, 0},
    {"merged", FuncRequirement::One, 4, 1}};

ArrayRef<KernelShape> llamir::getKernelShapes() {
  static constexpr KernelShape shapes[] = {
      {"linear", linearFuncs, {}, {}},
      {"norm", normFuncs, {}, {}},
      {"statistics", statisticsFuncs, partPrefixes, partFuncs},
      {"recurrence", recurrenceFuncs, {}, {}},
      {"attention", attentionFuncs, attentionPrefixes, attentionTileFuncs},
      {"elementwise", elementwiseFuncs, {}, {}}};
  return shapes;
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

/// The funcs of a pipeline by role; those without one have the empty role.
using FuncsByRole = llvm::StringMap<SmallVector<halide::FuncOp>>;

static FuncsByRole getFuncsByRole(PipelineOp pipeline) {
  FuncsByRole funcs;
  for (auto func : pipeline.getBody().front().getOps<halide::FuncOp>()) {
    auto role =
        func->getAttrOfType<StringAttr>(llama::LlamaDialect::roleAttrName);
    funcs[role ? role.getValue() : ""].push_back(func);
  }
  return funcs;
}

/// Why a func is not as a requirement says, or an empty string.
static std::string whyNot(halide::FuncOp func, StringRef role,
                          const FuncRequirement &required) {
  auto type = cast<FuncType>(func.getResult().getType());
  if (required.rank >= 0 && int64_t(type.getRank()) != required.rank)
    return llvm::formatv("the func with the role '{0}' has {1} dimensions, not "
                         "{2}",
                         role, type.getRank(), required.rank);
  if (required.reductions == FuncRequirement::any)
    return "";
  SmallVector<UpdateOp> updates;
  for (Operation *user : func.getResult().getUsers())
    if (auto update = dyn_cast<UpdateOp>(user);
        update && update.getFunc() == func.getResult())
      updates.push_back(update);
  if (updates.size() != (required.reductions > 0 ? 1u : 0u))
    return llvm::formatv("the func with the role '{0}' has {1} updates", role,
                         updates.size());
  if (!updates.empty() &&
      int64_t(updates[0].getRvars().size()) != required.reductions)
    return llvm::formatv("the update of the func with the role '{0}' has {1} "
                         "reduction variables, not {2}",
                         role, updates[0].getRvars().size(),
                         required.reductions);
  return "";
}

/// Compares the funcs with the role of a requirement behind `prefix`.
static std::optional<Mismatch> findMismatch(FuncsByRole &funcs,
                                            StringRef prefix,
                                            const FuncRequirement &required) {
  std::string role = (prefix + required.role).str();
  ArrayRef<halide::FuncOp> found = funcs[role];
  if (found.empty() && (required.count == FuncRequirement::One ||
                        required.count == FuncRequirement::AtLeastOne))
    return Mismatch{"there is no func with the role '" + role + "'", true};
  if (found.size() > 1 && (required.count == FuncRequirement::One ||
                           required.count == FuncRequirement::AtMostOne))
    return Mismatch{"there are several funcs with the role '" + role + "'"};
  for (halide::FuncOp func : found)
    if (std::string reason = whyNot(func, role, required); !reason.empty())
      return Mismatch{reason, true};
  return std::nullopt;
}

/// Compares the ranks of funcs that have a number for each row.
static std::optional<Mismatch> checkRowFuncs(FuncsByRole &funcs,
                                             const KernelShape &shape) {
  auto getRank = [](halide::FuncOp func) {
    return cast<FuncType>(func.getResult().getType()).getRank();
  };
  std::optional<unsigned> rank;
  for (const FuncRequirement &required : shape.funcs) {
    if (required.rank != FuncRequirement::ofRows)
      continue;
    for (halide::FuncOp func : funcs[required.role]) {
      unsigned own = getRank(func);
      if (own < 1 || own != rank.value_or(own) ||
          own >= getRank(funcs["output"].front()))
        return Mismatch{
            llvm::formatv("the func with the role '{0}' has {1} dimensions, "
                          "which do not number the rows",
                          required.role, own),
            true};
      rank = own;
    }
  }
  return std::nullopt;
}

/// The func with the role "output" is what the pipeline writes, to arrays that
/// have elements.
static std::optional<Mismatch> checkOutput(PipelineOp pipeline,
                                           FuncsByRole &funcs) {
  OutputOp output = pipeline.getOutput();
  if (output.getFuncs().size() != 1)
    return Mismatch{"it has several outputs"};
  if (output.getFuncs()[0] != funcs["output"].front().getResult())
    return Mismatch{"the func with the role 'output' is not its output", true};
  auto buffer =
      cast<BufferType>(cast<TypeAttr>(output.getBuffers()[0]).getValue());
  if (llvm::any_of(buffer.getShape().drop_back(),
                   [](int64_t extent) { return extent <= 0; }))
    return Mismatch{"its output has no elements"};
  // Bounds have 32 bits, with room for rounding up.
  if (llvm::any_of(buffer.getShape(),
                   [](int64_t extent) { return extent > 1 << 30; }))
    return Mismatch{"its output is too large"};
  auto tellsTokens = [](Type type) {
    auto argument = dyn_cast<BufferType>(type);
    return argument && ShapedType::isDynamic(argument.getShape().back());
  };
  if (ShapedType::isDynamic(buffer.getShape().back()) &&
      llvm::none_of(pipeline.getArgumentTypes(), tellsTokens))
    return Mismatch{"no argument has as many tokens as its output", true};
  return std::nullopt;
}

std::optional<Mismatch> llamir::findMismatch(PipelineOp pipeline,
                                             const KernelShape &shape) {
  FuncsByRole funcs = getFuncsByRole(pipeline);
  llvm::StringMap<const FuncRequirement *> known;
  for (const FuncRequirement &required : shape.funcs)
    known[required.role] = &required;
  bool anyGroup = shape.prefixes.empty();
  SmallVector<StringRef> groups;
  for (StringRef prefix : shape.prefixes) {
    bool isThere = false;
    for (const FuncRequirement &required : shape.groupFuncs) {
      std::string role = (prefix + required.role).str();
      known[role] = &required;
      isThere |= funcs.contains(role);
    }
    if (isThere)
      groups.push_back(prefix);
  }
  for (const auto &[role, found] : funcs)
    if (!known.contains(role))
      return Mismatch{role.empty()
                          ? "it has a func without a role"
                          : "it has a func with the role '" + role.str() + "'",
                      role.empty()};
  for (const FuncRequirement &required : shape.funcs)
    if (std::optional<Mismatch> mismatch = ::findMismatch(funcs, "", required))
      return mismatch;
  for (StringRef prefix : groups)
    for (const FuncRequirement &required : shape.groupFuncs)
      if (std::optional<Mismatch> mismatch =
              ::findMismatch(funcs, prefix, required))
        return mismatch;
  if (!anyGroup && groups.empty())
    return Mismatch{"there is no func with the role '" +
                        (shape.prefixes[0] + shape.groupFuncs[0].role).str() +
                        "'",
                    true};
  if (std::optional<Mismatch> mismatch = checkRowFuncs(funcs, shape))
    return mismatch;
  return checkOutput(pipeline, funcs);
}
