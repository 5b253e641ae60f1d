//===- Weights.cpp - The numbers behind llama.weight ----------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Import/Weights.h"
#include "PanelPacking.h"
#include "WeightConversion.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ThreadPool.h"
#include <atomic>
#include <mutex>

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

/// A weight of rank 1 is a column: joined biases lie one behind the other.
static int64_t getColumns(RankedTensorType type) {
  return type.getRank() == 2 ? type.getDimSize(1) : 1;
}

//===----------------------------------------------------------------------===//
// Sources
//===----------------------------------------------------------------------===//

/// Hashes a counter: the finalizer of SplitMix64 (Steele, Lea and Flood, 2014).
/// Seeds and element numbers advance by different odd constants, so that the
/// sequences of two seeds do not overlap soon.
static uint64_t hashCounter(uint64_t seed, uint64_t index) {
  uint64_t z = (seed + 1) * 0x9e3779b97f4a7c15 + index * 0xd1b54a32d192ed03;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

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
    for (int64_t k = 0; k < count; ++k) {
      // 24 bits are exact in every step, so the range stays half-open.
      auto bits = int32_t(hashCounter(seed, i + k) >> 40);
      block[k] = float(mean + scale * (double(bits) * 0x1p-23 - 1.0));
    }
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
  rows.columns = getColumns(type);
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
// Filling
//===----------------------------------------------------------------------===//

namespace llamir {
/// Makes weights in pieces, from several threads.
class WeightFiller {
public:
  WeightFiller(WeightReader &reader, Progress *progress)
      : reader(reader), progress(progress) {}

  /// Opens what a weight is made of and cuts it into pieces; `offset` is where
  /// its bytes belong.
  LogicalResult add(WeightOp weight, int64_t offset) {
    return add(weight, offset, getPanels(weight.getTensorType()));
  }
  /// In these panels, or rows one behind the other if there are none.
  LogicalResult add(WeightOp weight, int64_t offset, PanelsAttr panels);

  using Put =
      llvm::function_ref<llvm::Error(int64_t offset, ArrayRef<char> bytes)>;
  /// Makes every piece: in place when there is an image, else in memory of the
  /// thread, handed to `put`.
  LogicalResult run(char *image, Put put);
  /// Remarks on the parts that were rounded.
  void tellErrors();

private:
  /// About this many bytes are made at once.
  static constexpr int64_t pieceBytes = 2 << 20;

  /// Rows that are a weight of their own.
  struct Part {
    int64_t first; // The number of its first row.
    WeightReader::Rows rows;
    ConversionError error;
  };
  struct Weight {
    WeightOp op;
    bool saturate;
    ElementType type;
    PanelsAttr panels; // Null for rows one behind the other.
    int64_t rows, columns, offset;
    int64_t unitBytes; // Of a panel or a row, padding included.
    SmallVector<Part> parts;
  };
  struct Piece {
    size_t weight;
    int64_t begin, end; // Panels or rows.
  };
  /// Memory of a thread, kept from piece to piece.
  struct Scratch {
    std::vector<char> rows, stored, padded, result;
  };

  llvm::Error convert(Weight &weight, Part &part, int64_t first, int64_t number,
                      char *out, Scratch &scratch);
  llvm::Error readRows(Weight &weight, int64_t first, int64_t number, char *out,
                       Scratch &scratch);
  llvm::Error makePanel(Weight &weight, int64_t panel, char *out,
                        Scratch &scratch);
  llvm::Error make(Weight &weight, const Piece &piece, char *out,
                   Scratch &scratch);
  /// The largest magnitude of a weight's finite numbers.
  static double findLargest(const WeightReader::Rows &rows);

  WeightReader &reader;
  Progress *progress;
  std::vector<Weight> weights;
  std::vector<Piece> pieces;
  std::mutex mutex; // Of the parts' errors.
};
} // namespace llamir

LogicalResult WeightFiller::add(WeightOp op, int64_t offset,
                                PanelsAttr panels) {
  RankedTensorType type = op.getTensorType();
  if (!panels)
    type = type.dropEncoding();
  FailureOr<SmallVector<WeightReader::Rows>> opened = reader.openParts(op);
  if (failed(opened))
    return failure();
  auto packed = dyn_cast<PackedAttr>(op.getSource());
  Weight weight{op,
                packed && packed.getSaturate(),
                getArrayType(type),
                panels,
                type.getDimSize(0),
                getColumns(type),
                offset,
                0,
                {}};
  int64_t first = 0;
  for (const WeightReader::Rows &part : *opened) {
    weight.parts.push_back({first, part, {}});
    first += part.count;
  }
  // A panel or a row.
  int64_t units = getStoredShape(type)[0];
  weight.unitBytes = units > 0 ? getWeightBytes(type) / units : 0;
  int64_t step =
      std::max<int64_t>(pieceBytes / std::max<int64_t>(weight.unitBytes, 1), 1);
  for (int64_t begin = 0; begin < units; begin += step)
    pieces.push_back({weights.size(), begin, std::min(begin + step, units)});
  weights.push_back(std::move(weight));
  return success();
}

double WeightFiller::findLargest(const WeightReader::Rows &rows) {
  std::vector<char> bytes(rows.columns * getSize(rows.type));
  std::vector<float> row(rows.columns);
  double largest = 0;
  for (int64_t i = 0; i < rows.count; ++i) {
    if (llvm::Error error = rows.read(i, 1, bytes.data())) {
      llvm::consumeError(std::move(error));
      return largest;
    }
    convertToF32(rows.type, bytes.data(), row.data(), rows.columns);
    for (float number : row)
      if (std::isfinite(number))
        largest = std::max(largest, std::abs(double(number)));
  }
  return largest;
}

/// Reads rows of a part and converts them to the weight's type.
llvm::Error WeightFiller::convert(Weight &weight, Part &part, int64_t first,
                                  int64_t number, char *out, Scratch &scratch) {
  WeightReader::Rows &rows = part.rows;
  int64_t elements = number * rows.columns;
  scratch.stored.resize(elements * getSize(rows.type));
  if (llvm::Error error = rows.read(first, number, scratch.stored.data()))
    return error;
  ConversionError moved;
  WeightConverter converter(rows.type, weight.type, weight.saturate);
  switch (converter.convert(scratch.stored.data(), out, elements, moved)) {
  case ConversionFault::None: {
    std::lock_guard<std::mutex> lock(mutex);
    part.error.add(moved);
    return llvm::Error::success();
  }
  case ConversionFault::NaN:
    return llvm::createStringError(
        "weight '" + rows.op.getSymName() +
        "' has a NaN, which cannot be converted to " + getName(weight.type));
  case ConversionFault::TooLarge:
    return llvm::createStringError(
        "weight '" + rows.op.getSymName() + "' has numbers up to " +
        llvm::formatv("{0:e3}", findLargest(rows)).str() +
        ", which do not fit in " + getName(weight.type) +
        "; convert it to another type, or let it saturate");
  }
  llvm_unreachable("unknown fault");
}

/// Reads rows of the joined parts as elements of the weight's type.
llvm::Error WeightFiller::readRows(Weight &weight, int64_t first,
                                   int64_t number, char *out,
                                   Scratch &scratch) {
  for (Part &part : weight.parts) {
    const WeightReader::Rows &rows = part.rows;
    int64_t begin = std::max(first, part.first);
    int64_t count = std::min(first + number, part.first + rows.count) - begin;
    if (count <= 0)
      continue;
    char *to = out + (begin - first) * rows.columns * getSize(weight.type);
    if (llvm::Error error =
            rows.type == weight.type
                ? rows.read(begin - part.first, count, to)
                : convert(weight, part, begin - part.first, count, to, scratch))
      return error;
  }
  return llvm::Error::success();
}

void WeightFiller::tellErrors() {
  for (Weight &weight : weights)
    for (Part &part : weight.parts) {
      // Widening moves nothing.
      if (part.rows.type == weight.type || weight.type == ElementType::F32)
        continue;
      remark::analysis(
          part.rows.op.getLoc(),
          remark::RemarkOpts::name("read-weights").category("weights"))
          << remark::add("'{0}' was rounded from {1} to {2}: largest error "
                         "{3:e2}, root mean square {4:f3} % of the numbers'",
                         part.rows.op.getSymName(), getName(part.rows.type),
                         getName(weight.type), part.error.largest,
                         100 * part.error.getRelative());
    }
}

llvm::Error WeightFiller::makePanel(Weight &weight, int64_t panel, char *out,
                                    Scratch &scratch) {
  PanelsAttr panels = weight.panels;
  int64_t width = panels.getWidth(), group = panels.getGroup();
  int64_t padded = panels.getPaddedGroup();
  int64_t steps = panels.getNumSteps(weight.columns);
  int64_t stepBytes = panels.getInterleave() * getSize(weight.type);
  int64_t rowBytes = weight.columns * getSize(weight.type);
  scratch.rows.resize(width * rowBytes);
  SmallVector<const char *> rows(width, nullptr);
  // Lanes with neighbouring rows are read at once.
  for (int64_t lane = 0; lane < width;) {
    int64_t place = panel * width + lane, within = place % padded;
    int64_t row = place / padded * group + within;
    int64_t count = std::min({width - lane, group - within, weight.rows - row});
    if (count <= 0) {
      ++lane;
      continue;
    }
    char *to = scratch.rows.data() + lane * rowBytes;
    if (llvm::Error error = readRows(weight, row, count, to, scratch))
      return error;
    for (int64_t end = lane + count; lane < end; ++lane)
      rows[lane] = scratch.rows.data() + lane * rowBytes;
  }
  // A last step that is not full ends with zeros.
  if (steps * stepBytes != rowBytes) {
    scratch.padded.assign(width * steps * stepBytes, 0);
    for (int64_t lane = 0; lane < width; ++lane) {
      if (!rows[lane])
        continue;
      char *to = scratch.padded.data() + lane * steps * stepBytes;
      std::memcpy(to, rows[lane], rowBytes);
      rows[lane] = to;
    }
  }
  packPanel(stepBytes, rows, steps, out);
  return llvm::Error::success();
}

llvm::Error WeightFiller::make(Weight &weight, const Piece &piece, char *out,
                               Scratch &scratch) {
  if (!weight.panels)
    return readRows(weight, piece.begin, piece.end - piece.begin, out, scratch);
  for (int64_t panel = piece.begin; panel < piece.end;
       ++panel, out += weight.unitBytes)
    if (llvm::Error error = makePanel(weight, panel, out, scratch))
      return error;
  return llvm::Error::success();
}

LogicalResult WeightFiller::run(char *image, Put put) {
  std::atomic<size_t> next = 0;
  std::string problem;
  WeightOp culprit;
  auto work = [&] {
    Scratch scratch;
    for (size_t index; (index = next++) < pieces.size();) {
      const Piece &piece = pieces[index];
      Weight &weight = weights[piece.weight];
      int64_t offset = weight.offset + piece.begin * weight.unitBytes;
      int64_t bytes = (piece.end - piece.begin) * weight.unitBytes;
      char *out = image ? image + offset : nullptr;
      if (!image) {
        scratch.result.resize(bytes);
        out = scratch.result.data();
      }
      llvm::Error error = make(weight, piece, out, scratch);
      if (!error && put)
        error = put(offset, {out, size_t(bytes)});
      if (error) {
        std::lock_guard<std::mutex> lock(mutex);
        problem = llvm::toString(std::move(error));
        culprit = weight.op;
        next = pieces.size();
        return;
      }
      if (progress)
        progress->advance(bytes);
    }
  };
  llvm::ThreadPoolStrategy strategy = llvm::hardware_concurrency();
  size_t threads =
      std::min<size_t>(strategy.compute_thread_count(), pieces.size());
  if (threads <= 1) {
    work();
  } else {
    llvm::DefaultThreadPool pool(llvm::hardware_concurrency(threads));
    for (size_t i = 0; i < threads; ++i)
      pool.async(work);
    pool.wait();
  }
  if (culprit) {
    if (progress)
      progress->clear();
    return culprit.emitError() << problem;
  }
  return success();
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
