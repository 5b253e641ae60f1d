//===- Weights.cpp - The numbers behind llama.weight ---------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Import/Weights.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Parallel.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"
#include <atomic>

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

static ElementType getElementType(RankedTensorType type) {
  if (isa<BFloat16Type>(type.getElementType()))
    return ElementType::BF16;
  return isa<Float16Type>(type.getElementType()) ? ElementType::F16 : ElementType::F32;
}

int64_t llamir::getWeightBytes(RankedTensorType type) {
  int64_t size = getSize(::getElementType(type));
  if (PanelsAttr panels = getPanels(type))
    return panels.getNumPanels(type.getDimSize(0)) * panels.getWidth() *
           type.getDimSize(1) * size;
  return type.getNumElements() * size;
}

//===----------------------------------------------------------------------===//
// Layout
//===----------------------------------------------------------------------===//

const WeightsLayout::Slot *WeightsLayout::find(StringRef symbol) const {
  auto found = indices.find(symbol);
  return found == indices.end() ? nullptr : &slots[found->second];
}

WeightsLayout llamir::layoutWeights(ModuleOp module) {
  llvm::StringMap<bool> used;
  module.walk([&](GetWeightOp get) { used[get.getWeight()] = true; });
  WeightsLayout layout;
  std::string description;
  llvm::raw_string_ostream stream(description);
  for (auto weight : module.getOps<WeightOp>()) {
    if (!used.contains(weight.getSymName()))
      continue;
    int64_t bytes = getWeightBytes(weight.getTensorType());
    layout.totalBytes = llvm::alignTo(layout.totalBytes, bytes >= 4096 ? 4096 : 64);
    layout.indices[weight.getSymName()] = layout.slots.size();
    layout.slots.push_back({weight, layout.totalBytes, bytes});
    stream << weight.getSymName() << ' ' << weight.getType() << ' '
           << weight.getSource() << ' ' << layout.totalBytes << '\n';
    layout.totalBytes += bytes;
  }
  layout.totalBytes = llvm::alignTo(layout.totalBytes, 64);
  layout.fingerprint = llvm::xxh3_64bits(description);
  return layout;
}

//===----------------------------------------------------------------------===//
// Sources
//===----------------------------------------------------------------------===//

FailureOr<const SafetensorsFile::Tensor *> WeightReader::getTensor(WeightOp weight) {
  auto source = cast<FileAttr>(weight.getSource());
  SmallString<256> path(source.getPath());
  if (llvm::sys::path::is_relative(path)) {
    path = folder;
    llvm::sys::path::append(path, source.getPath());
  }
  std::unique_ptr<SafetensorsFile> &file = files[path.str().str()];
  if (!file) {
    auto opened = SafetensorsFile::open(path);
    if (!opened)
      return weight.emitError() << llvm::toString(opened.takeError());
    file = std::move(*opened);
  }
  const SafetensorsFile::Tensor *tensor = file->find(source.getTensor());
  if (!tensor)
    return weight.emitError() << path << ": there is no tensor '" << source.getTensor() << "'";
  RankedTensorType type = weight.getTensorType();
  if (tensor->type != ::getElementType(type) || ArrayRef(tensor->shape) != type.getShape())
    return weight.emitError() << path << ": tensor '" << source.getTensor() << "' is of "
                              << tensor->shape << " " << getName(tensor->type)
                              << ", the weight of " << type;
  return tensor;
}

/// A counter-based generator: the finalizer of SplitMix64 (Steele, Lea and Flood,
/// 2014) on the seed and the number of the element.
static float getRandom(uint64_t seed, uint64_t index, double scale, double mean) {
  uint64_t z = (seed + 1) * 0x9e3779b97f4a7c15 + index * 0xd1b54a32d192ed03;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  z ^= z >> 31;
  return float(mean + scale * (double(z >> 11) * 0x1p-52 - 1.0));
}

/// The bits of a number in a half or brain float, rounded to nearest even.
static uint16_t toHalf(float value, FloatType type) {
  APFloat number(value);
  bool lost;
  number.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven, &lost);
  return uint16_t(number.bitcastToAPInt().getZExtValue());
}

LogicalResult WeightReader::readRows(WeightOp weight, int64_t begin, int64_t end, float *out) {
  RankedTensorType type = weight.getTensorType();
  int64_t columns = type.getNumElements() / type.getDimSize(0);
  if (auto random = dyn_cast<RandomAttr>(weight.getSource())) {
    double scale = random.getScale().getValueAsDouble();
    double mean = random.getMean() ? random.getMean().getValueAsDouble() : 0.0;
    ElementType stored = ::getElementType(type);
    for (int64_t i = begin * columns; i < end * columns; ++i, ++out) {
      *out = getRandom(random.getSeed(), i, scale, mean);
      if (stored == ElementType::F32)
        continue;
      // A weight has the numbers that its type can hold, packed or not.
      uint16_t half = toHalf(*out, cast<FloatType>(type.getElementType()));
      convertToF32(stored, reinterpret_cast<const char *>(&half), out, 1);
    }
    return success();
  }
  FailureOr<const SafetensorsFile::Tensor *> tensor = getTensor(weight);
  if (failed(tensor))
    return failure();
  int64_t size = getSize((*tensor)->type);
  convertToF32((*tensor)->type, (*tensor)->bytes.data() + begin * columns * size, out,
               (end - begin) * columns);
  return success();
}

LogicalResult WeightReader::readPacked(WeightOp weight, MutableArrayRef<char> out) {
  RankedTensorType type = weight.getTensorType();
  float *image = reinterpret_cast<float *>(out.data());
  if (!type.getElementType().isF32())
    return weight.emitError() << "packed weights are of f32";
  // The parts, with the first row of each; opened before the threads start.
  std::vector<std::pair<WeightOp, int64_t>> parts;
  int64_t rows = 0;
  for (FlatSymbolRefAttr part : cast<PackedAttr>(weight.getSource()).getParts()) {
    auto op = symbols.lookup<WeightOp>(part.getValue());
    if (isa<FileAttr>(op.getSource()) && failed(getTensor(op)))
      return failure();
    parts.push_back({op, rows});
    rows += op.getTensorType().getDimSize(0);
  }
  PanelsAttr panels = getPanels(type);
  if (!panels) {
    int64_t columns = type.getNumElements() / type.getDimSize(0);
    for (auto [part, first] : parts)
      if (failed(readRows(part, 0, part.getTensorType().getDimSize(0),
                          image + first * columns)))
        return failure();
    return success();
  }
  int64_t width = panels.getWidth(), inputs = type.getDimSize(1), group = panels.getGroup();
  int64_t padded = panels.getPaddedGroup();
  std::atomic<bool> anyFailed = false;
  llvm::parallelFor(0, panels.getNumPanels(rows), [&](size_t panel) {
    std::vector<float> lines(width * inputs, 0.0f);
    for (int64_t lane = 0; lane < width; ++lane) {
      int64_t place = int64_t(panel) * width + lane;
      if (place % padded >= group)
        continue;
      int64_t row = place / padded * group + place % padded;
      auto part = std::prev(llvm::upper_bound(
          parts, row, [](int64_t row, const auto &part) { return row < part.second; }));
      if (failed(readRows(part->first, row - part->second, row - part->second + 1,
                          &lines[lane * inputs])))
        anyFailed = true;
    }
    // Transposed by blocks of a cache line of inputs.
    float *to = image + int64_t(panel) * width * inputs;
    for (int64_t block = 0; block < inputs; block += 16)
      for (int64_t lane = 0; lane < width; ++lane)
        for (int64_t k = block; k < std::min(block + 16, inputs); ++k)
          to[k * width + lane] = lines[lane * inputs + k];
  });
  return failure(anyFailed);
}

LogicalResult WeightReader::read(WeightOp weight, MutableArrayRef<char> out) {
  RankedTensorType type = weight.getTensorType();
  if (isa<PackedAttr>(weight.getSource())) {
    if (failed(readPacked(weight, out)))
      return failure();
    for (FlatSymbolRefAttr part : cast<PackedAttr>(weight.getSource()).getParts()) {
      auto op = symbols.lookup<WeightOp>(part.getValue());
      if (isa<FileAttr>(op.getSource())) {
        FailureOr<const SafetensorsFile::Tensor *> tensor = getTensor(op);
        for (const auto &file : files)
          file.second->drop(**tensor);
      }
    }
    return success();
  }
  if (isa<FileAttr>(weight.getSource())) {
    FailureOr<const SafetensorsFile::Tensor *> tensor = getTensor(weight);
    if (failed(tensor))
      return failure();
    std::memcpy(out.data(), (*tensor)->bytes.data(), out.size());
    return success();
  }
  std::vector<float> values(type.getNumElements());
  if (failed(readRows(weight, 0, type.getDimSize(0), values.data())))
    return failure();
  if (::getElementType(type) == ElementType::F32) {
    std::memcpy(out.data(), values.data(), out.size());
    return success();
  }
  auto *halves = reinterpret_cast<uint16_t *>(out.data());
  for (float value : values)
    *halves++ = toHalf(value, cast<FloatType>(type.getElementType()));
  return success();
}

FailureOr<std::vector<double>> WeightReader::readAsDouble(WeightOp weight) {
  RankedTensorType type = weight.getTensorType();
  std::vector<double> result;
  SmallVector<WeightOp> parts = {weight};
  if (auto packed = dyn_cast<PackedAttr>(weight.getSource())) {
    parts.clear();
    for (FlatSymbolRefAttr part : packed.getParts())
      parts.push_back(symbols.lookup<WeightOp>(part.getValue()));
  }
  result.reserve(type.getNumElements());
  for (WeightOp part : parts) {
    RankedTensorType partType = part.getTensorType();
    std::vector<char> bytes(getWeightBytes(partType));
    std::vector<float> values(partType.getNumElements());
    if (failed(read(part, bytes)))
      return failure();
    convertToF32(::getElementType(partType), bytes.data(), values.data(), values.size());
    result.insert(result.end(), values.begin(), values.end());
  }
  return result;
}

LogicalResult WeightReader::readAll(const WeightsLayout &layout, MutableArrayRef<char> image,
                                    std::function<void(int64_t)> progress) {
  int64_t done = 0;
  for (const WeightsLayout::Slot &slot : layout.slots) {
    if (failed(read(slot.weight, image.slice(slot.offset, slot.bytes))))
      return failure();
    done += slot.bytes;
    if (progress)
      progress(done);
  }
  return success();
}
