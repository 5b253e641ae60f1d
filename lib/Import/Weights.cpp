//===- Weights.cpp - The numbers behind llama.weight ----------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Import/Weights.h"
#include "WeightFiller.h"
#include "llamir/Runtime/llamir_bundle.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

//===----------------------------------------------------------------------===//
// Sources
//===----------------------------------------------------------------------===//

/// Hashes a counter: the finalizer of SplitMix64 (Steele, Lea and Flood, 2014).
/// Seeds and element numbers advance by different odd constants, so that the
/// sequences of two seeds do not overlap soon.
llvm::Error WeightReader::Rows::readRounded(int64_t first, int64_t number,
                                            char *out) const {
  constexpr int64_t blockSize = 8192;
  std::vector<double> wide(std::min(blockSize, number * columns));
  std::vector<float> narrow(wide.size());
  int64_t end = (first + number) * columns;
  for (int64_t i = first * columns; i < end;) {
    int64_t count = std::min(blockSize, end - i);
    char *bytes = reinterpret_cast<char *>(wide.data());
    if (llvm::Error error = file->read(*tensor, i * sizeof(double),
                                       {bytes, count * sizeof(double)}))
      return error;
    convertToF32(ElementType::F64, bytes, narrow.data(), count);
    for (int64_t k = 0; k < count; ++k)
      if (std::isinf(narrow[k]) && !std::isinf(wide[k]))
        return llvm::createStringError(
            file->getPath() + ": a number of f64 does not fit in f32: " +
            llvm::formatv("{0:e2}", wide[k]).str());
    std::memcpy(out, narrow.data(), count * sizeof(float));
    out += count * sizeof(float);
    i += count;
  }
  return llvm::Error::success();
}

llvm::Error WeightReader::Rows::read(int64_t first, int64_t number,
                                     char *out) const {
  int64_t elementBytes = getSize(type), rowBytes = columns * elementBytes;
  if (file && tensor->type == ElementType::F64)
    return readRounded(first, number, out);
  if (file)
    return file->read(*tensor, first * rowBytes,
                      {out, size_t(number * rowBytes)});
  float block[256];
  int64_t begin = first * columns, end = begin + number * columns;
  for (int64_t i = begin; i < end;) {
    int64_t count = std::min<int64_t>(end - i, std::size(block));
    for (int64_t k = 0; k < count; ++k)
      block[k] = llamir_make_weight(seed, i + k, scale, mean);
    convertFromF32(type, block, out, count);
    out += count * elementBytes;
    i += count;
  }
  return llvm::Error::success();
}

FailureOr<WeightReader::Rows> WeightReader::openRows(WeightOp weight) {
  RankedTensorType type = weight.getTensorType();
  Rows rows;
  rows.op = weight;
  rows.count = type.getDimSize(0);
  rows.columns = getNumColumns(type);
  rows.type = getArrayType(type);
  if (auto random = dyn_cast<RandomAttr>(weight.getSource())) {
    rows.seed = random.getSeed();
    rows.scale = random.getScale().getValueAsDouble();
    rows.mean = random.getMeanOrZero();
    return rows;
  }
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
  rows.file = file.get();
  rows.tensor = file->find(source.getTensor());
  if (!rows.tensor)
    return weight.emitError()
           << path << ": there is no tensor '" << source.getTensor() << "'";
  bool isRounded =
      rows.tensor->type == ElementType::F64 && rows.type == ElementType::F32;
  if ((rows.tensor->type != rows.type && !isRounded) ||
      ArrayRef(rows.tensor->shape) != type.getShape())
    return weight.emitError()
           << path << ": tensor '" << source.getTensor() << "' is of "
           << formatShape(rows.tensor->shape) << " " << rows.tensor->typeName
           << ", the weight of " << type;
  return rows;
}

FailureOr<SmallVector<WeightReader::Rows>>
WeightReader::openParts(WeightOp weight) {
  SmallVector<WeightOp> ops = {weight};
  if (auto packed = dyn_cast<PackedAttr>(weight.getSource())) {
    ops.clear();
    for (FlatSymbolRefAttr part : packed.getParts())
      ops.push_back(symbols.lookup<WeightOp>(part.getValue()));
  }
  SmallVector<Rows> parts;
  for (WeightOp op : ops) {
    FailureOr<Rows> rows = openRows(op);
    if (failed(rows))
      return failure();
    parts.push_back(*rows);
  }
  return parts;
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

LogicalResult WeightReader::read(WeightOp weight, MutableArrayRef<char> out) {
  assert(int64_t(out.size()) == getWeightBytes(weight.getTensorType()));
  WeightFiller filler(*this, nullptr);
  if (failed(filler.add(weight, 0)))
    return failure();
  return filler.run(out.data(), nullptr);
}

FailureOr<std::vector<double>> WeightReader::readAsDouble(WeightOp weight) {
  // As rows one behind the other, whatever the encoding.
  RankedTensorType type = weight.getTensorType();
  WeightFiller filler(*this, nullptr);
  if (failed(filler.add(weight, 0, /*panels=*/PanelsAttr())))
    return failure();
  ElementType element = getArrayType(type);
  std::vector<char> bytes(type.getNumElements() * getSize(element));
  if (failed(filler.run(bytes.data(), nullptr)))
    return failure();
  std::vector<double> result(type.getNumElements());
  for (auto [index, number] : llvm::enumerate(result))
    number = readElement(element, bytes.data() + index * getSize(element));
  return result;
}

LogicalResult WeightReader::readAll(const WeightsLayout &layout,
                                    MutableArrayRef<char> image,
                                    Progress *progress) {
  assert(int64_t(image.size()) >= layout.totalBytes);
  WeightFiller filler(*this, progress);
  for (const WeightsLayout::Slot &slot : layout.slots)
    if (failed(filler.add(slot.weight, slot.offset)))
      return failure();
  if (failed(filler.run(image.data(), nullptr)))
    return failure();
  filler.tellErrors();
  return success();
}

//===----------------------------------------------------------------------===//
// Weights files
//===----------------------------------------------------------------------===//

/// The tensors of a weights file: the weights, and padding where they leave a
/// gap.
static std::vector<SafetensorsWriter::Entry>
getFileEntries(const WeightsLayout &layout) {
  std::vector<SafetensorsWriter::Entry> entries;
  int64_t end = 0;
  auto padTo = [&](int64_t offset) {
    if (offset > end)
      entries.push_back({"llamir.padding." + std::to_string(end),
                         ElementType::U8,
                         {offset - end}});
  };
  for (const WeightsLayout::Slot &slot : layout.slots) {
    llama::WeightOp weight = slot.weight;
    RankedTensorType type = weight.getTensorType();
    padTo(slot.offset);
    entries.push_back(
        {weight.getSymName().str(), getArrayType(type), getStoredShape(type)});
    end = slot.offset + slot.bytes;
  }
  padTo(layout.totalBytes);
  return entries;
}

LogicalResult WeightReader::writeFile(const WeightsLayout &layout,
                                      OutputFile &file, Progress *progress) {
  WeightFiller filler(*this, progress);
  for (const WeightsLayout::Slot &slot : layout.slots)
    if (failed(filler.add(slot.weight, slot.offset)))
      return failure();
  // The runtime compares the beginning of the header: the order matters.
  llvm::Expected<SafetensorsWriter> writer = SafetensorsWriter::create(
      file, getFileEntries(layout),
      {{weightsFingerprintKey.str(), layout.getFingerprintText()},
       {weightsFormatKey.str(), weightsFormatVersion.str()}},
      weightsFileAlignment);
  // A file that cannot be written is no fault of any place in the IR.
  if (!writer)
    return emitError(UnknownLoc::get(module.getContext()))
           << llvm::toString(writer.takeError());
  auto put = [&](int64_t offset, ArrayRef<char> bytes) {
    return writer->write(offset, bytes);
  };
  if (failed(filler.run(nullptr, put)))
    return failure();
  filler.tellErrors();
  return success();
}
