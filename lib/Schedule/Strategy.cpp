//===- Strategy.cpp - What schedules a kind of kernel ---------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Strategy.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

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
  if (required.rank != FuncRequirement::any &&
      int64_t(type.getRank()) != required.rank)
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
                                             const Strategy &strategy) {
  FuncsByRole funcs = getFuncsByRole(pipeline);
  llvm::StringMap<const FuncRequirement *> known;
  for (const FuncRequirement &required : strategy.funcs)
    known[required.role] = &required;
  bool anyGroup = strategy.prefixes.empty();
  SmallVector<StringRef> groups;
  for (StringRef prefix : strategy.prefixes) {
    bool isThere = false;
    for (const FuncRequirement &required : strategy.groupFuncs) {
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
  for (const FuncRequirement &required : strategy.funcs)
    if (std::optional<Mismatch> mismatch = ::findMismatch(funcs, "", required))
      return mismatch;
  for (StringRef prefix : groups)
    for (const FuncRequirement &required : strategy.groupFuncs)
      if (std::optional<Mismatch> mismatch =
              ::findMismatch(funcs, prefix, required))
        return mismatch;
  if (!anyGroup && groups.empty())
    return Mismatch{
        "there is no func with the role '" +
            (strategy.prefixes[0] + strategy.groupFuncs[0].role).str() + "'",
        true};
  return checkOutput(pipeline, funcs);
}
