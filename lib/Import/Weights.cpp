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
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

//===----------------------------------------------------------------------===//
// Sources
//===----------------------------------------------------------------------===//

llvm::Error WeightReader::Rows::readElements(int64_t begin, int64_t count,
                                             char *out) const {
  if (tensor->type != ElementType::F64) {
    int64_t bytes = getSize(type);
    return file->read(*tensor, begin * bytes, {out, size_t(count * bytes)});
  }
  constexpr int64_t blockSize = 8192;
  std::vector<double> wide(std::min(blockSize, count));
  std::vector<float> narrow(wide.size());
  int64_t end = begin + count;
  for (int64_t i = begin; i < end;) {
    int64_t number = std::min(blockSize, end - i);
    char *bytes = reinterpret_cast<char *>(wide.data());
    if (llvm::Error error = file->read(*tensor, i * sizeof(double),
                                       {bytes, number * sizeof(double)}))
      return error;
    convertToF32(ElementType::F64, bytes, narrow.data(), number);
    for (int64_t k = 0; k < number; ++k)
      if (std::isinf(narrow[k]) && !std::isinf(wide[k]))
        return llvm::createStringError(
            file->getPath() + ": a number of f64 does not fit in f32: " +
            llvm::formatv("{0:e2}", wide[k]).str());
    std::memcpy(out, narrow.data(), number * sizeof(float));
    out += number * sizeof(float);
    i += number;
  }
  return llvm::Error::success();
}

llvm::Error WeightReader::Rows::readFile(int64_t first, int64_t number,
                                         char *out) const {
  int64_t elementBytes = getSize(type), end = first + number;
  std::vector<char> column;
  for (int64_t row = first; row < end;) {
    int64_t run = source.getRun(row, end - row),
            stored = source.getStoredRow(row);
    if (!source.getTransposed()) {
      if (llvm::Error error =
              readElements(stored * columns, run * columns, out))
        return error;
    } else {
      column.resize(run * elementBytes);
      for (int64_t c = 0; c < columns; ++c) {
        if (llvm::Error error =
                readElements(c * tensor->shape[1] + stored, run, column.data()))
          return error;
        for (int64_t i = 0; i < run; ++i)
          std::memcpy(out + (i * columns + c) * elementBytes,
                      column.data() + i * elementBytes, elementBytes);
      }
    }
    row += run;
    out += run * columns * elementBytes;
  }
  return llvm::Error::success();
}

llvm::Error WeightReader::Rows::read(int64_t first, int64_t number,
                                     char *out) const {
  int64_t elementBytes = getSize(type);
  if (file)
    return readFile(first, number, out);
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

/// Whether a weight of a shape can be read from a tensor as its source says.
static bool holds(ArrayRef<int64_t> stored, ArrayRef<int64_t> shape,
                  FileAttr source) {
  SmallVector<int64_t> sizes(stored);
  if (sizes.size() != shape.size() ||
      (source.getTransposed() && sizes.size() != 2))
    return false;
  if (source.getTransposed())
    std::swap(sizes[0], sizes[1]);
  if (ArrayRef(sizes).drop_front() != shape.drop_front())
    return false;
  if (source.getRows().empty() || shape[0] == 0)
    return sizes[0] == shape[0];
  // The last row, which is the furthest: rows do not lie over each other.
  int64_t last = shape[0] - 1, block = source.getRows()[1], end;
  return !llvm::MulOverflow(last / block, source.getRows()[2], end) &&
         !llvm::AddOverflow(end, source.getRows()[0], end) &&
         !llvm::AddOverflow(end, last % block, end) && end < sizes[0];
}

FailureOr<WeightReader::Rows> WeightReader::openRows(WeightOp weight) {
  RankedTensorType type = weight.getTensorType();
  Rows rows;
  rows.op = weight;
  rows.count = type.getDimSize(0);
  rows.columns = getRowWidth(type);
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
  rows.source = source;
  bool isRounded =
      rows.tensor->type == ElementType::F64 && rows.type == ElementType::F32;
  if ((rows.tensor->type != rows.type && !isRounded) ||
      !holds(rows.tensor->shape, type.getShape(), source))
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
