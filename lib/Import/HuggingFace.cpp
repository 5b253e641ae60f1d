//===- HuggingFace.cpp - Import of Hugging Face folders -------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Import/HuggingFace.h"
#include "CheckpointTensors.h"
#include "ModelBuilder.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Path.h"
#include <set>

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

//===----------------------------------------------------------------------===//
// Checkpoints
//===----------------------------------------------------------------------===//

/// The name of the tensor with a role that every model has.
static std::string getTensorName(const ModelConfig &config,
                                 const std::string &role) {
  return config.tensors.at(role) + ".weight";
}

/// A base model is saved without what stands before its names in one with a
/// head.
static void findPrefix(const Checkpoint &checkpoint, ModelConfig &config) {
  if (checkpoint.find(getTensorName(config, "embedding")))
    config.prefix.clear();
}

namespace {
class CheckpointBuilder : public ModelBuilder {
public:
  CheckpointBuilder(const ModelConfig &config, MLIRContext &context,
                    const Checkpoint &checkpoint, StringRef folder,
                    StringRef relativeTo)
      : ModelBuilder(config, context), checkpoint(checkpoint), folder(folder) {
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
  std::pair<Type, Attribute> getSource(const StoredTensor &stored,
                                       ArrayRef<int64_t>) override {
    StringRef name = stored.name;
    used.insert(name);
    std::string file;
    Type element = builder.getF32Type();
    auto found = checkpoint.getEntries().find(name);
    if (found == checkpoint.getEntries().end()) {
      fail("there is no tensor '" + name + "'");
    } else {
      const SafetensorsFile::Tensor &tensor = *found->second.tensor;
      file = found->second.fileName;
      if (ArrayRef(tensor.shape) != ArrayRef(stored.shape))
        fail("tensor '" + name + "' has the shape [" + join(tensor.shape) +
             "], config.json asks for [" + join(stored.shape) + "]");
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
    return {element, FileAttr::get(builder.getContext(), path.str(), name,
                                   stored.isTransposed, ArrayRef(stored.rows))};
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
static llvm::Error checkTiedHead(StringRef folder, const ModelConfig &config,
                                 const Checkpoint &checkpoint) {
  std::string headName = getTensorName(config, "head"),
              table = config.prefix + getTensorName(config, "embedding");
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
    if (name != getTensorName(config, "head") || !config.hasHead)
      return llvm::createStringError(
          folder + ": tensor '" + name +
          "' has no place in the model that config.json describes");
    if (llvm::Error error = checkTiedHead(folder, config, checkpoint))
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
  findPrefix(*checkpoint, *config);
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
  std::pair<Type, Attribute> getSource(const StoredTensor &,
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
    llvm::json::Object keys{{"model_type", "llama"},
                            {"hidden_size", shape.hidden},
                            {"intermediate_size", shape.intermediate},
                            {"num_attention_heads", shape.heads},
                            {"num_key_value_heads", shape.kvHeads},
                            {"num_hidden_layers", shape.layers},
                            {"vocab_size", shape.vocabulary},
                            {"rms_norm_eps", 1e-5},
                            {"rope_theta", shape.theta},
                            {"tie_word_embeddings", shape.tied}};
    return readConfig(keys, name);
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
