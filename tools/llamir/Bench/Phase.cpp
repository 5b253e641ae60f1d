//===- Phase.cpp - What a model does when it is measured ------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bench/Phase.h"

using namespace mlir;
using namespace llamir;

FailureOr<Phase> llamir::parsePhase(StringRef text) {
  auto [name, number] = text.split(':');
  Phase phase;
  if (name == "prefill")
    phase.kind = Phase::Prefill;
  else if (name == "decode")
    phase.kind = Phase::Decode;
  else
    return fail("unknown phase '" + name +
                "'; there are prefill:TOKENS and decode:CONTEXT");
  if (number.getAsInteger(10, phase.size) || phase.size < 1 ||
      phase.size > Phase::largest)
    return fail("--phase=" + text + ": expected a number from 1 to " +
                Twine(Phase::largest) + " after '" + name + ":'");
  return phase;
}

/// The name of the size that counts tokens; empty when their number is fixed.
static StringRef getTokensName(const HostSignature &host) {
  if (llvm::is_contained(host.sizes, "tokens"))
    return "tokens";
  if (host.arguments.empty() || host.arguments.front().dims.empty() ||
      !host.arguments.front().type.isDynamicDim(0))
    return "";
  return host.arguments.front().dims.front();
}

PhaseSizes llamir::getSizes(const HostSignature &host, Phase phase) {
  PhaseSizes sizes;
  for (StringRef name : host.sizes)
    sizes.byName[name] = phase.size;
  StringRef tokens = getTokensName(host);
  sizes.looksBack = host.sizes.size() > size_t(!tokens.empty());
  if (!tokens.empty()) {
    sizes.tokens = phase.kind == Phase::Decode ? 1 : phase.size;
    sizes.byName[tokens] = sizes.tokens;
  } else if (!host.arguments.empty()) {
    RankedTensorType first = host.arguments.front().type;
    sizes.tokens = first.getRank() == 0 ? 1 : first.getDimSize(0);
  }
  return sizes;
}
