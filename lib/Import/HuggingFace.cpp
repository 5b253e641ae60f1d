//===- HuggingFace.cpp - Import of Hugging Face folders -------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Import/HuggingFace.h"
#include "CheckpointTensors.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Path.h"
#include <set>

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

/// The weight that gives the logits, where the embedding does not.
static constexpr StringLiteral headName = "lm_head.weight";

namespace {
/// Writes a LLaMA model in the llama dialect. Where its weights come from is up
/// to whoever derives from it.
class ModelBuilder {
public:
  /// `prefix` stands before the names of all weights but the head's.
  ModelBuilder(const ModelConfig &config, MLIRContext &context,
               StringRef prefix = "model.")
      : config(config), builder(UnknownLoc::get(&context), &context),
        prefix(prefix) {
    context.loadDialect<LlamaDialect, func::FuncDialect>();
    module = ModuleOp::create(builder, builder.getLoc());
  }
  virtual ~ModelBuilder() = default;

  OwningOpRef<ModuleOp> buildBlock(int64_t first, int64_t count);
  OwningOpRef<ModuleOp> buildModel();

protected:
  /// The type and the source of a weight.
  virtual std::pair<Type, Attribute> getSource(StringRef name,
                                               ArrayRef<int64_t> shape) = 0;
  /// Whether some weight has no source: there is no use in further layers then,
  /// of which a wrong config.json may ask for millions.
  virtual bool hasFailed() const { return false; }

  const ModelConfig &config;
  ImplicitLocOpBuilder builder;
  OwningOpRef<ModuleOp> module;

private:
  std::string prefix;

  Value getWeight(const Twine &name, ArrayRef<int64_t> shape);
  Value linear(const Twine &name, Value x, int64_t rows, bool bias);
  Value norm(const Twine &name, Value x);
  Value rotate(Value x, int64_t heads, Value positions);
  Value layer(int64_t index, Value x, Value positions);
  func::FuncOp beginFunction(StringRef name,
                             ArrayRef<std::pair<StringRef, Type>> arguments,
                             StringRef resultName, int64_t resultWidth);
  RankedTensorType getRows(int64_t width) {
    return RankedTensorType::get({ShapedType::kDynamic, width},
                                 builder.getF32Type());
  }
  void locate(const Twine &name) {
    builder.setLoc(NameLoc::get(builder.getStringAttr(name)));
  }
};
} // namespace

Value ModelBuilder::getWeight(const Twine &name, ArrayRef<int64_t> shape) {
  std::string symbol = name.str();
  auto [element, source] = getSource(symbol, shape);
  auto type = RankedTensorType::get(shape, element);
  if (!SymbolTable::lookupSymbolIn(*module, symbol)) {
    OpBuilder::InsertionGuard guard(builder);
    Operation *function = builder.getInsertionBlock()->getParentOp();
    builder.setInsertionPoint(function);
    WeightOp::create(builder, symbol, type, source);
  }
  return GetWeightOp::create(
      builder, type, FlatSymbolRefAttr::get(builder.getContext(), symbol));
}

Value ModelBuilder::linear(const Twine &name, Value x, int64_t rows,
                           bool bias) {
  locate(name);
  int64_t columns = cast<RankedTensorType>(x.getType()).getDimSize(1);
  Value weight = getWeight(name + ".weight", {rows, columns});
  Value biasValue = bias ? getWeight(name + ".bias", {rows}) : Value();
  return LinearOp::create(builder, x, weight, biasValue);
}

Value ModelBuilder::norm(const Twine &name, Value x) {
  locate(name);
  Value weight = getWeight(name + ".weight", {config.hidden});
  return RMSNormOp::create(builder, x.getType(), x, weight,
                           builder.getF64FloatAttr(config.eps));
}

Value ModelBuilder::rotate(Value x, int64_t heads, Value positions) {
  return RopeOp::create(
      builder, x.getType(), x, positions, builder.getI64IntegerAttr(heads),
      builder.getF64FloatAttr(config.theta),
      PairingKindAttr::get(builder.getContext(), PairingKind::Half),
      IntegerAttr(), IntegerAttr());
}

Value ModelBuilder::layer(int64_t index, Value x, Value positions) {
  std::string name = prefix + "layers." + std::to_string(index);
  int64_t heads = config.heads, kvHeads = config.kvHeads,
          headDim = config.headDim;
  Value n = norm(name + ".input_layernorm", x);
  std::string attention = name + ".self_attn";
  Value q =
      linear(attention + ".q_proj", n, heads * headDim, config.attentionBias);
  q = rotate(q, heads, positions);
  Value k =
      linear(attention + ".k_proj", n, kvHeads * headDim, config.attentionBias);
  k = rotate(k, kvHeads, positions);
  Value v =
      linear(attention + ".v_proj", n, kvHeads * headDim, config.attentionBias);
  locate(attention);
  Value mixed = AttentionOp::create(
      builder, q, k, v, builder.getI64IntegerAttr(heads),
      builder.getI64IntegerAttr(kvHeads), builder.getUnitAttr(), FloatAttr());
  Value o =
      linear(attention + ".o_proj", mixed, config.hidden, config.attentionBias);
  Value h = AddOp::create(builder, x.getType(), x, o);
  n = norm(name + ".post_attention_layernorm", h);
  Value gate =
      linear(name + ".mlp.gate_proj", n, config.intermediate, config.mlpBias);
  Value up =
      linear(name + ".mlp.up_proj", n, config.intermediate, config.mlpBias);
  locate(name + ".mlp");
  Value active = ActivationOp::create(
      builder, gate.getType(),
      ActivationKindAttr::get(builder.getContext(), config.activation), gate);
  Value product = MulOp::create(builder, gate.getType(), active, up);
  Value down =
      linear(name + ".mlp.down_proj", product, config.hidden, config.mlpBias);
  return AddOp::create(builder, x.getType(), h, down);
}

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
    x = layer(first + i, x, function.getArgument(1));
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
  locate(prefix + "embed_tokens");
  std::string table = prefix + "embed_tokens.weight";
  Value x = EmbeddingOp::create(
      builder, getRows(config.hidden), function.getArgument(0),
      getWeight(table, {config.vocabulary, config.hidden}));
  for (int64_t i = 0; i < config.layers && !hasFailed(); ++i)
    x = layer(i, x, function.getArgument(1));
  x = norm(prefix + "norm", x);
  if (config.hasHead) {
    locate("lm_head");
    Value head = getWeight(config.tied ? table : headName.str(),
                           {config.vocabulary, config.hidden});
    x = LinearOp::create(builder, x, head, Value());
  }
  func::ReturnOp::create(builder, x);
  return std::move(module);
}

//===----------------------------------------------------------------------===//
// Checkpoints
//===----------------------------------------------------------------------===//

/// The weight that says how the others are called: with a model around it, or
/// as a base model saves them.
static constexpr StringLiteral tableName = "embed_tokens.weight";

static StringRef getPrefix(const Checkpoint &checkpoint) {
  return checkpoint.find(tableName) ? "" : "model.";
}

namespace {
class CheckpointBuilder : public ModelBuilder {
public:
  CheckpointBuilder(const ModelConfig &config, MLIRContext &context,
                    const Checkpoint &checkpoint, StringRef folder,
                    StringRef relativeTo)
      : ModelBuilder(config, context, getPrefix(checkpoint)),
        checkpoint(checkpoint), folder(folder) {
    // Relative paths stay so when the IR lands beside or above the checkpoint.
    if (!relativeTo.empty()) {
      SmallString<256> base(relativeTo), path(folder);
      llvm::sys::fs::make_absolute(base);
      llvm::sys::fs::make_absolute(path);
      llvm::sys::path::remove_dots(base, true);
      llvm::sys::path::remove_dots(path, true);
      std::string prefix = (base + "/").str();
      if (path == base)
        this->folder = "";
      else
        this->folder = StringRef(path).starts_with(prefix)
                           ? path.substr(prefix.size()).str()
                           : path.str().str();
    }
  }
  std::string problem;
  llvm::StringSet<> used;

  /// Tells of the weights that are not as the checkpoint has them.
  void remark() {
    for (const std::string &name : rounded)
      remark::passed(NameLoc::get(StringAttr::get(builder.getContext(), name)),
                     remark::RemarkOpts::name("import").category("import"))
          << remark::add("rounded from f64 to f32");
  }

protected:
  std::pair<Type, Attribute> getSource(StringRef name,
                                       ArrayRef<int64_t> shape) override {
    used.insert(name);
    std::string file;
    Type element = builder.getF32Type();
    auto found = checkpoint.getEntries().find(name);
    if (found == checkpoint.getEntries().end()) {
      fail("there is no tensor '" + name + "'");
    } else {
      const SafetensorsFile::Tensor &tensor = *found->second.tensor;
      file = found->second.fileName;
      if (ArrayRef(tensor.shape) != shape)
        fail("tensor '" + name + "' has the shape [" + join(tensor.shape) +
             "], config.json asks for [" + join(shape) + "]");
      if (tensor.type == ElementType::BF16)
        element = builder.getBF16Type();
      else if (tensor.type == ElementType::F16)
        element = builder.getF16Type();
      else if (tensor.type == ElementType::F64)
        rounded.insert(name.str());
      else if (tensor.type != ElementType::F32)
        fail("tensor '" + name + "' is of " + tensor.typeName +
             ", which kernels cannot read; save the model with weights of "
             "BF16, F16 or F32");
    }
    SmallString<256> path(folder);
    llvm::sys::path::append(path, file);
    return {element, FileAttr::get(builder.getContext(), path.str(), name)};
  }

  bool hasFailed() const override { return !problem.empty(); }

private:
  void fail(const Twine &message) {
    if (problem.empty())
      problem = message.str();
  }
  static std::string join(ArrayRef<int64_t> shape) {
    return llvm::join(
        llvm::map_range(shape,
                        [](int64_t size) { return std::to_string(size); }),
        ", ");
  }
  const Checkpoint &checkpoint;
  std::string folder;
  std::set<std::string> rounded;
};
} // namespace

/// Checks a head that a tied model does not read, as its embedding has the same
/// numbers.
static llvm::Error checkTiedHead(StringRef folder,
                                 const Checkpoint &checkpoint) {
  std::string table = (getPrefix(checkpoint) + tableName).str();
  llvm::Expected<std::string> difference =
      describeDifference(*checkpoint.find(headName), *checkpoint.find(table));
  if (!difference)
    return difference.takeError();
  if (difference->empty())
    return llvm::Error::success();
  return llvm::createStringError(folder + ": config.json ties '" + headName +
                                 "' to '" + table + "', but they differ " +
                                 *difference);
}

/// Checks the tensors that a model of a checkpoint does not read.
static llvm::Error checkOthers(StringRef folder, const ModelConfig &config,
                               const Checkpoint &checkpoint,
                               const llvm::StringSet<> &used) {
  for (const auto &entry : checkpoint.getEntries()) {
    StringRef name = entry.getKey();
    if (used.contains(name) || isLeftOver(name, *entry.getValue().tensor))
      continue;
    if (name != headName || !config.hasHead)
      return llvm::createStringError(
          folder + ": tensor '" + name +
          "' has no place in the model that config.json describes");
    if (llvm::Error error = checkTiedHead(folder, checkpoint))
      return error;
  }
  return llvm::Error::success();
}

llvm::Expected<OwningOpRef<ModuleOp>>
llamir::importHuggingFace(StringRef folder, const ImportOptions &options,
                          MLIRContext &context) {
  SmallString<256> configPath(folder);
  llvm::sys::path::append(configPath, "config.json");
  llvm::Expected<ModelConfig> config = readConfig(configPath, options);
  if (!config)
    return config.takeError();
  llvm::Expected<Checkpoint> checkpoint = Checkpoint::open(folder);
  if (!checkpoint)
    return checkpoint.takeError();
  if (options.block && (*options.block < 0 || *options.block >= config->layers))
    return llvm::createStringError(folder + ": there is no layer " +
                                   Twine(*options.block) + ", the model has " +
                                   Twine(config->layers));
  // The whole model is built in any case, to check every tensor.
  CheckpointBuilder whole(*config, context, *checkpoint, folder,
                          options.relativeTo);
  OwningOpRef<ModuleOp> module = whole.buildModel();
  if (!whole.problem.empty())
    return llvm::createStringError(folder + ": " + whole.problem);
  if (llvm::Error error = checkOthers(folder, *config, *checkpoint, whole.used))
    return error;
  // With the tensors that the other keys ask for, a key that nobody knows has
  // none of its own.
  for (const std::string &warning : config->warnings)
    emitWarning(UnknownLoc::get(&context)) << warning;
  if (!options.block) {
    whole.remark();
    return module;
  }
  CheckpointBuilder block(*config, context, *checkpoint, folder,
                          options.relativeTo);
  module = block.buildBlock(*options.block, 1);
  block.remark();
  return module;
}

//===----------------------------------------------------------------------===//
// Named shapes
//===----------------------------------------------------------------------===//

namespace {
struct NamedShape {
  StringRef name;
  int64_t hidden, intermediate, heads, kvHeads, vocabulary;
  double theta;
  int64_t layers;
  /// Logits are products with the embedding.
  bool tied = false;
};

class RandomBuilder : public ModelBuilder {
public:
  using ModelBuilder::ModelBuilder;

protected:
  std::pair<Type, Attribute> getSource(StringRef name,
                                       ArrayRef<int64_t> shape) override {
    // Variance 1/inputs keeps the size of activations; gains are around 1.
    bool gain = shape.size() == 1;
    double scale = gain ? 0.1 : std::sqrt(3.0 / double(shape[1]));
    FloatAttr mean = gain ? builder.getF64FloatAttr(1.0) : FloatAttr();
    return {builder.getF32Type(),
            RandomAttr::get(builder.getContext(), ++seed,
                            builder.getF64FloatAttr(scale), mean)};
  }

private:
  uint64_t seed = 0;
};
} // namespace

static constexpr NamedShape namedShapes[] = {
    {"llama-2-7b", 4096, 11008, 32, 32, 32000, 1e4, 32},
    {"llama-3-8b", 4096, 14336, 32, 8, 128256, 5e5, 32},
    {"llama-3.2-1b", 2048, 8192, 32, 8, 128256, 5e5, 16, true},
    {"tinyllama-1.1b", 2048, 5632, 32, 4, 32000, 1e4, 22},
    {"wordnet-3m", 192, 512, 6, 2, 2048, 1e4, 6}};

ArrayRef<StringRef> llamir::getShapeNames() {
  static const std::vector<StringRef> names = [] {
    std::vector<StringRef> names;
    for (const NamedShape &shape : namedShapes)
      names.push_back(shape.name);
    return names;
  }();
  return names;
}

static llvm::Expected<ModelConfig> getShapeConfig(StringRef name) {
  for (const NamedShape &shape : namedShapes) {
    if (shape.name != name)
      continue;
    ModelConfig config;
    config.hidden = shape.hidden;
    config.intermediate = shape.intermediate;
    config.heads = shape.heads;
    config.kvHeads = shape.kvHeads;
    config.headDim = shape.hidden / shape.heads;
    config.layers = shape.layers;
    config.vocabulary = shape.vocabulary;
    config.eps = 1e-5;
    config.theta = shape.theta;
    config.tied = shape.tied;
    return config;
  }
  return llvm::createStringError("unknown shape '" + name + "'; there are " +
                                 llvm::join(getShapeNames(), ", "));
}

llvm::Expected<OwningOpRef<ModuleOp>>
llamir::buildRandomBlock(StringRef name, int64_t layers, MLIRContext &context) {
  llvm::Expected<ModelConfig> config = getShapeConfig(name);
  if (!config)
    return config.takeError();
  return RandomBuilder(*config, context).buildBlock(0, layers);
}

llvm::Expected<OwningOpRef<ModuleOp>>
llamir::buildRandomModel(StringRef name, MLIRContext &context) {
  llvm::Expected<ModelConfig> config = getShapeConfig(name);
  if (!config)
    return config.takeError();
  return RandomBuilder(*config, context).buildModel();
}
