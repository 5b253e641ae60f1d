//===- ModelBuilder.cpp - Models in the llama dialect ---------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelBuilder.h"
#include "llamir/Import/HuggingFace.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

ModelBuilder::ModelBuilder(const ModelConfig &config, MLIRContext &context)
    : config(config), builder(UnknownLoc::get(&context), &context) {
  context.loadDialect<LlamaDialect, func::FuncDialect>();
  module = ModuleOp::create(builder, builder.getLoc());
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

Value ModelBuilder::getWeight(const std::string &symbol,
                              const StoredTensor &tensor,
                              ArrayRef<int64_t> shape, Attribute encoding) {
  auto [element, source] = getSource(tensor, shape);
  auto type = RankedTensorType::get(shape, element, encoding);
  if (!SymbolTable::lookupSymbolIn(*module, symbol)) {
    OpBuilder::InsertionGuard guard(builder);
    Operation *function = builder.getInsertionBlock()->getParentOp();
    builder.setInsertionPoint(function);
    WeightOp::create(builder, symbol, type, source);
  }
  return GetWeightOp::create(
      builder, type, FlatSymbolRefAttr::get(builder.getContext(), symbol));
}

Value ModelBuilder::project(StringRef layer, const Projection &projection,
                            StringRef part, Value x, Attribute encoding) {
  std::string name = getName(layer, projection.role);
  locate(name);
  int64_t columns = cast<RankedTensorType>(x.getType()).getDimSize(1);
  int64_t allRows = projection.allRows ? projection.allRows : projection.rows;
  StoredTensor weight{
      name + ".weight", {allRows, columns}, false, projection.part};
  if (config.transposed.count(projection.role)) {
    weight.isTransposed = true;
    std::swap(weight.shape[0], weight.shape[1]);
  }
  std::string suffix = part.empty() ? "" : ("." + part).str();
  Value matrix = getWeight(weight.name + suffix, weight,
                           {projection.rows, columns}, encoding);
  Value bias;
  if (config.biases.count(projection.role)) {
    StoredTensor stored{name + ".bias", {allRows}, false, projection.part};
    bias = getWeight(stored.name + suffix, stored, {projection.rows});
  }
  return LinearOp::create(builder, x, matrix, bias);
}

Value ModelBuilder::projectRole(StringRef layer, StringRef role, Value x,
                                int64_t rows) {
  return project(layer, {role.str(), rows, 0, {}}, "", x);
}

Value ModelBuilder::norm(StringRef layer, const std::string &role, Value x,
                         int64_t heads) {
  if (!config.has(role))
    return x;
  std::string name = getName(layer, role);
  locate(name);
  auto type = cast<RankedTensorType>(x.getType());
  int64_t width = type.getDimSize(1);
  if (heads)
    width /= heads;
  auto getVector = [&](const std::string &tensor) {
    StoredTensor stored{tensor, {width}, false, {}};
    return getWeight(stored.name, stored, {width});
  };
  // Of each head, or one for all.
  auto getAffine = [&](const std::string &kind) -> Value {
    if (!heads || !config.hasNormOfEachHead)
      return getVector(name + kind);
    SmallVector<Value> vectors;
    for (int64_t head = 0; head < heads; ++head)
      vectors.push_back(getVector(name + "." + std::to_string(head) + kind));
    return JoinOp::create(builder, vectors);
  };
  Value gain = getAffine(".weight"), bias;
  if (config.isCentered && !config.unbiased.count(role))
    bias = getAffine(".bias");
  return NormOp::create(
      builder, type, x, gain, bias, builder.getDenseI64ArrayAttr({1}),
      heads ? builder.getI64IntegerAttr(heads) : IntegerAttr(),
      config.isCentered ? builder.getUnitAttr() : UnitAttr(),
      config.gainOffset != 0 ? builder.getF64FloatAttr(config.gainOffset)
                             : FloatAttr(),
      /*affine_axes=*/DenseI64ArrayAttr(), builder.getF64FloatAttr(config.eps));
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

Value ModelBuilder::add(Value a, Value b) {
  return AddOp::create(builder, a.getType(), a, b);
}

Value ModelBuilder::capSoftly(Value x, double cap) {
  auto scale = [&](double factor) {
    x = ScaleOp::create(builder, x.getType(), x,
                        builder.getF64FloatAttr(factor));
  };
  scale(1 / cap);
  x = ActivationOp::create(builder, ActivationKind::Tanh, x);
  scale(cap);
  return x;
}

RotaryAttr ModelBuilder::getRotary(const RotaryConfig &rotary) {
  MLIRContext *context = builder.getContext();
  auto number = [&](double value) { return builder.getF64FloatAttr(value); };
  Attribute scaling;
  switch (rotary.scaling) {
  case RotaryConfig::None:
    break;
  case RotaryConfig::Linear:
    scaling = LinearScalingAttr::get(context, number(rotary.factor));
    break;
  case RotaryConfig::Dynamic:
    scaling =
        DynamicScalingAttr::get(context, number(rotary.factor), rotary.length);
    break;
  case RotaryConfig::Long:
    scaling = LongScalingAttr::get(
        context, builder.getDenseF64ArrayAttr(rotary.shortFactors),
        builder.getDenseF64ArrayAttr(rotary.longFactors), rotary.length,
        number(rotary.magnitude));
    break;
  case RotaryConfig::Yarn:
    scaling = YarnScalingAttr::get(
        context, number(rotary.factor), rotary.length, number(rotary.fast),
        number(rotary.slow), number(rotary.magnitude), rotary.exact);
    break;
  case RotaryConfig::Band:
    scaling = BandScalingAttr::get(context, number(rotary.factor),
                                   number(rotary.slow), number(rotary.fast),
                                   rotary.length);
    break;
  }
  std::optional<int64_t> dims;
  if (rotary.dims != config.headDim)
    dims = rotary.dims;
  return RotaryAttr::get(context, rotary.pairing, number(rotary.theta), dims,
                         scaling);
}

Value ModelBuilder::rotate(int64_t layer, Value x, int64_t heads,
                           Value positions) {
  if (!config.rotary)
    return x;
  RotaryAttr rotary = getRotary(*config.getRotary(layer));
  auto type = cast<RankedTensorType>(x.getType()).cloneWithEncoding(rotary);
  return RopeOp::create(builder, type, x, positions, rotary,
                        builder.getI64IntegerAttr(heads),
                        /*rotated_heads=*/IntegerAttr());
}

Value ModelBuilder::attend(int64_t index, StringRef layer, Value x,
                           Value positions) {
  int64_t heads = config.heads, kvHeads = config.kvHeads,
          headDim = config.headDim;
  Projection q{"q", heads * headDim, 0, {}}, k{"k", kvHeads * headDim, 0, {}},
      v{"v", kvHeads * headDim, 0, {}};
  // The parts of a joined weight: all rows of each, or those of each head.
  bool isJoined = config.has("qkv");
  if (isJoined) {
    int64_t all = q.rows + k.rows + v.rows, first = 0;
    for (Projection *part : {&q, &k, &v}) {
      part->role = "qkv";
      part->allRows = all;
      if (config.joinsByHead)
        part->part = {first, headDim, 3 * headDim};
      else
        part->part = {first, part->rows, part->rows};
      first += config.joinsByHead ? headDim : part->rows;
    }
  }
  Attribute pairs;
  if (config.rotary)
    pairs = PairingKindAttr::get(builder.getContext(), config.rotary->pairing);
  auto name = [&](StringRef part) { return isJoined ? part : StringRef(); };
  int64_t normed = config.normsHeads ? heads : 0,
          kvNormed = config.normsHeads ? kvHeads : 0;
  Value queries = project(layer, q, name("q"), x, pairs);
  queries =
      rotate(index, norm(layer, "q_norm", queries, normed), heads, positions);
  Value keys = project(layer, k, name("k"), x, pairs);
  keys =
      rotate(index, norm(layer, "k_norm", keys, kvNormed), kvHeads, positions);
  Value values = project(layer, v, name("v"), x);
  StringRef output = config.tensors.at("o");
  locate(layer + output.take_front(output.rfind('.')));
  int64_t window = config.getWindow(index);
  Value mixed = AttentionOp::create(
      builder, queries, keys, values, /*relative=*/Value(),
      /*content_bias=*/Value(), /*position_bias=*/Value(),
      builder.getI64IntegerAttr(heads), builder.getI64IntegerAttr(kvHeads),
      builder.getUnitAttr(),
      window ? builder.getI64IntegerAttr(window) : IntegerAttr(),
      config.attentionScale ? builder.getF64FloatAttr(*config.attentionScale)
                            : FloatAttr(),
      config.attentionSoftcap != 0
          ? builder.getF64FloatAttr(config.attentionSoftcap)
          : FloatAttr(),
      /*slopes=*/DenseF64ArrayAttr());
  return projectRole(layer, "o", mixed, config.hidden);
}

Value ModelBuilder::feedForward(StringRef layer, Value x) {
  int64_t width = config.intermediate;
  Value gate, up;
  if (config.has("gate_up")) {
    gate = project(layer, {"gate_up", width, 2 * width, {0, width, width}},
                   "gate", x);
    up = project(layer, {"gate_up", width, 2 * width, {width, width, width}},
                 "up", x);
  } else {
    if (config.has("gate"))
      gate = projectRole(layer, "gate", x, width);
    up = projectRole(layer, "up", x, width);
  }
  StringRef down = config.tensors.at("down");
  locate(layer + down.take_front(down.rfind('.')));
  Value active =
      ActivationOp::create(builder, config.activation, gate ? gate : up);
  if (gate)
    active = MulOp::create(builder, up.getType(), active, up);
  return projectRole(layer, "down", active, config.hidden);
}

Value ModelBuilder::buildLayer(int64_t index, Value x, Value positions) {
  std::string layer = config.prefix + config.tensors.at("layers") + "." +
                      std::to_string(index) + ".";
  Value n = norm(layer, "attention_norm", x);
  Value o = attend(index, layer, n, positions);
  o = norm(layer, "attention_post_norm", o);
  Value h = add(x, o);
  // In parallel, both read the input: each its own norm of it, or one for both.
  Value read = !config.isParallel       ? norm(layer, "ffn_norm", h)
               : config.has("ffn_norm") ? norm(layer, "ffn_norm", x)
                                        : n;
  Value down = feedForward(layer, read);
  down = norm(layer, "ffn_post_norm", down);
  return add(h, down);
}

Value ModelBuilder::embed(Value ids, Value positions) {
  auto lookup = [&](const std::string &role, Value indices, int64_t rows) {
    std::string name = config.prefix + config.tensors.at(role);
    locate(name);
    StoredTensor stored{name + ".weight", {rows, config.hidden}, false, {}};
    Value table = getWeight(stored.name, stored, stored.shape);
    return EmbeddingOp::create(builder, getRows(config.hidden), indices, table)
        .getResult();
  };
  Value x = lookup("embedding", ids, config.vocabulary);
  if (config.embeddingScale != 1)
    x = ScaleOp::create(builder, x.getType(), x,
                        builder.getF64FloatAttr(config.embeddingScale));
  if (config.positions)
    x = add(x, lookup("position_embedding", positions, config.positions));
  return x;
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

func::FuncOp
ModelBuilder::beginFunction(StringRef name,
                            ArrayRef<std::pair<StringRef, Type>> arguments,
                            StringRef resultName, int64_t resultWidth) {
  SmallVector<Type> types;
  for (auto [argument, type] : arguments)
    types.push_back(type);
  builder.setInsertionPointToEnd(module->getBody());
  auto function = func::FuncOp::create(
      builder, name,
      builder.getFunctionType(types, Type(getRows(resultWidth))));
  for (auto [index, argument] : llvm::enumerate(arguments)) {
    function.setArgAttr(index, LlamaDialect::nameAttrName,
                        builder.getStringAttr(argument.first));
    function.setArgAttr(index, LlamaDialect::dimsAttrName,
                        builder.getStrArrayAttr({"tokens"}));
  }
  function.setResultAttr(0, LlamaDialect::nameAttrName,
                         builder.getStringAttr(resultName));
  builder.setInsertionPointToStart(function.addEntryBlock());
  return function;
}

OwningOpRef<ModuleOp> ModelBuilder::buildBlock(int64_t first, int64_t count) {
  auto positions =
      RankedTensorType::get({ShapedType::kDynamic}, builder.getI32Type());
  auto function = beginFunction(
      "block", {{"x", getRows(config.hidden)}, {"positions", positions}}, "y",
      config.hidden);
  Value x = function.getArgument(0);
  for (int64_t i = 0; i < count; ++i)
    x = buildLayer(first + i, x, function.getArgument(1));
  func::ReturnOp::create(builder, x);
  return std::move(module);
}

OwningOpRef<ModuleOp> ModelBuilder::buildModel() {
  auto indices =
      RankedTensorType::get({ShapedType::kDynamic}, builder.getI32Type());
  auto function =
      beginFunction("forward", {{"ids", indices}, {"positions", indices}},
                    config.hasHead ? "logits" : hiddenStatesName,
                    config.hasHead ? config.vocabulary : config.hidden);
  Value positions = function.getArgument(1);
  Value x = embed(function.getArgument(0), positions);
  for (int64_t i = 0; i < config.layers && !hasFailed(); ++i)
    x = buildLayer(i, x, positions);
  x = norm(config.prefix, "final_norm", x);
  if (config.hasHead) {
    std::string name = config.tensors.at("head");
    locate(name);
    std::string table =
        config.isTied ? config.prefix + config.tensors.at("embedding") : name;
    StoredTensor stored{
        table + ".weight", {config.vocabulary, config.hidden}, false, {}};
    Value head = getWeight(stored.name, stored, stored.shape), bias;
    if (config.biases.count("head")) {
      StoredTensor storedBias{name + ".bias", {config.vocabulary}, false, {}};
      bias = getWeight(storedBias.name, storedBias, storedBias.shape);
    }
    x = LinearOp::create(builder, x, head, bias);
    if (config.logitsSoftcap != 0)
      x = capSoftly(x, config.logitsSoftcap);
  }
  func::ReturnOp::create(builder, x);
  return std::move(module);
}
